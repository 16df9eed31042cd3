import { languageModel, preLN, transformer } from '@steadyformer/core';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { makeBatch } from '../data/batch';
import { Batches } from '../data/batches';
import { encodeCorpus, packTokens } from '../data/encodeCorpus';
import { generate } from '../decoding/generate';
import { Translator } from '../decoding/translator';
import { bleu } from '../score/bleu';
import { chrF } from '../score/chrF';
import { ter } from '../score/ter';
import { Bpe } from '../subwords/bpe';
import { readSubwordNmt, segmentLine } from '../subwords/subwordNmt';
import { trainBpe } from '../subwords/trainBpe';
import { cleanCorpus, cleaner } from '../text/clean';
import { collectParallel } from '../text/readParallel';
import { evaluateLoss } from '../training/evaluate';
import { LocalLearner } from '../training/localLearner';
import { Trainer } from '../training/trainer';
import { languageModelLoss, translationLoss } from '../training/translationLoss';

const wrong = (value: unknown) => value as never;
const bpe = trainBpe(['a small test']);
const corpus = { source: packTokens([[4]]), target: packTokens([[5]]) };
const long = 'x'.repeat(1e7);
const sizes = { vocabulary: bpe.size, padId: bpe.pad, width: 4, heads: 1, depth: 1, method: preLN() };
const model = transformer(sizes, 1);
const speaker = languageModel(sizes, 1);
const translator = new Translator(model, bpe);
const batch = makeBatch(corpus, [0]);
const loss = translationLoss(0.1);
const data = { batches: new Batches(corpus), schedule: () => 1 };

describe('one clear error, which quotes no megabytes', () => {
  it.each<readonly [string, () => unknown]>([
    ["trainBpe() lines: received 'a text', allowed a list of texts", () => trainBpe('a text')],
    ['trainBpe() lines: received undefined', () => trainBpe(wrong(undefined))],
    ['trainBpe() line: received 7, allowed a text', () => trainBpe(wrong([7]))],
    ["endOfWord: received ' '", () => trainBpe(['a'], { endOfWord: ' ' })],
    ['endOfWord: received 3', () => trainBpe(['a'], { endOfWord: wrong(3) })],
    ['Bpe text: received undefined', () => bpe.encode(wrong(undefined))],
    ["Bpe text: received ['a', 'b']", () => bpe.encode(wrong(['a', 'b']))],
    ["merge 0: received 'x", () => Bpe.fromJSON({ ...bpe.toJSON(), merges: [long] })],
    ["codes:1: received 'x", () => readSubwordNmt(long)],
    ['readSubwordNmt() codes', () => readSubwordNmt(wrong(null))],
    ['segmentLine() line', () => segmentLine(bpe, wrong(undefined))],
    [
      'encodeCorpus() pairs[1].target: received undefined',
      () => encodeCorpus([{ source: 'a', target: 'b' }, wrong({ source: 'a' })], bpe),
    ],
    ['encodeCorpus() pairs[0].source', () => encodeCorpus([wrong(null)], bpe)],
    ['packTokens: token 1 of sentence 0: received 1.5', () => packTokens([[1, 1.5]])],
    ['token 0 of sentence 1: received -1', () => packTokens([[1], [-1]])],
    ['token 0 of sentence 0: received NaN', () => packTokens([[Number.NaN]])],
    ['token 0 of sentence 0: received 4294967296', () => packTokens([[2 ** 32]])],
    ['Batches corpus: received undefined', () => new Batches(wrong(undefined))],
    ['Batches corpus: received {', () => new Batches(wrong({ source: corpus.source }))],
    [
      "shuffle: received 'false', allowed true, false",
      () => new Batches(corpus, { shuffle: wrong('false') }),
    ],
    ['Trainer batches: received undefined, allowed what has batchAt()', () => new Trainer(wrong({}))],
    [
      'Trainer schedule: received 0.001, allowed a function of the update. Such as inverseSqrt(',
      () => new Trainer(wrong({ ...data, schedule: 1e-3 })),
    ],
    ['Trainer clipNorm: received 0', () => new Trainer(wrong({ ...data, clipNorm: 0 }))],
    ["Trainer seed: received '1'", () => new Trainer(wrong({ ...data, seed: '1' }))],
    [
      'Trainer learner: received a Promise',
      () => new Trainer(wrong({ ...data, learner: Promise.resolve() })),
    ],
    ['Trainer model: received undefined, allowed a Module', () => new Trainer(wrong(data))],
    [
      'LocalLearner loss: received undefined, allowed a function (model, batch, context). Such as translationLoss(0.1).',
      () => new LocalLearner(wrong({ model: { parameters: () => [] } })),
    ],
    [
      'Translator model: received undefined, allowed a Transformer',
      () => new Translator(wrong(undefined), bpe),
    ],
    [
      'Translator vocabulary: received undefined, allowed a Bpe',
      () => new Translator(wrong({ config: {} }), wrong(undefined)),
    ],
    [
      "LocalLearner checkpointing: received 'no', allowed true, false",
      () => new LocalLearner(wrong({ checkpointing: 'no' })),
    ],
    [
      'LocalLearner reduceGradients: received 3, allowed a function',
      () => new LocalLearner(wrong({ reduceGradients: 3 })),
    ],
    ['translationLoss() smoothing: received 1, allowed numbers in [0, 1)', () => translationLoss(1)],
    ["translationLoss() pad: received '1'", () => translationLoss(0.1, wrong('1'))],
    ['languageModelLoss() smoothing: received NaN', () => languageModelLoss(Number.NaN)],
    ['languageModelLoss() pad: received 0.5', () => languageModelLoss(0, 0.5)],
    ['makeBatch: no indices', () => makeBatch(corpus, wrong(undefined))],
    ["keepDuplicates: received 'no'", () => cleaner({ keepDuplicates: wrong('no') })],
    ["maxRatio: received '3'", () => cleaner({ maxRatio: wrong('3') })],
    ['target of a sentence pair: received undefined', () => cleanCorpus([wrong({ source: 'a' })])],
    ['score: hypotheses: received', () => bleu(wrong('a text'), ['a'])],
    ['score: hypotheses[1]: received null', () => chrF(wrong(['a', null]), ['a', 'b'])],
    ['score: references: received', () => ter(['a'], wrong('a'))],
    ['score: references[0][0]: received 7', () => ter(['a'], wrong([[7]]))],
    ['score: references: received', () => bleu(['a'], wrong(undefined))],
    ["lowercase: received 'false'", () => bleu(['a'], ['a'], { lowercase: wrong('false') })],
    ['maxOrder: received 1000000000', () => bleu(['a'], ['a'], { maxOrder: 1e9 })],
    ['smoothingValue: received NaN', () => bleu(['a'], ['a'], { smoothingValue: Number.NaN })],
    ['wordOrder: received 1000000000', () => chrF(['a'], ['a'], { wordOrder: 1e9 })],
    ["normalized: received 'yes'", () => ter(['a'], ['a'], { normalized: wrong('yes') })],
  ])('%s', (message, call) => {
    let error: unknown;
    try {
      call();
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toMatchObject({ name: 'SteadyformerError', message: expect.stringContaining(message) });
    expect((error as Error).message.length).toBeLessThan(400);
  });

  it.each<readonly [string, unknown]>([
    ['readParallel(): received undefined', undefined],
    ['readParallel() text: received undefined', { format: 'tsv' }],
    ["readParallel() source: received 'a.en'", { format: 'pair', source: 'a.en', target: 'a.de' }],
    ['readParallel() text.content: received 7', { format: 'jsonl', text: { name: 'x', content: 7 } }],
    [
      'columns: received [0], allowed two whole numbers',
      { format: 'tsv', text: { name: 'x', content: 'a' }, columns: [0] },
    ],
    ['columns: received [0, -1]', { format: 'tsv', text: { name: 'x', content: 'a' }, columns: [0, -1] }],
    [
      "keys: received ['a', 2], allowed two texts",
      { format: 'jsonl', text: { name: 'x', content: 'a' }, keys: ['a', 2] },
    ],
    [
      "readParallel() blank: received 'drop'",
      { format: 'jsonl', text: { name: 'x', content: '' }, blank: 'drop' },
    ],
  ])('%s (readParallel)', async (message, input) => {
    const error = await collectParallel(wrong(input)).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ name: 'SteadyformerError', message: expect.stringContaining(message) });
  });

  it.each<readonly [string, () => Promise<unknown>]>([
    [
      'evaluateLoss() onProgress: received 3',
      () => evaluateLoss(model, [batch], loss, { onProgress: wrong(3) }),
    ],
    ['evaluateLoss() model: received {}, allowed a Module', () => evaluateLoss(wrong({}), [batch], loss)],
    ['evaluateLoss() loss: received undefined', () => evaluateLoss(model, [batch], wrong(undefined))],
    ['evaluateLoss() batches: received 7', () => evaluateLoss(model, wrong(7), loss)],
    ["batch: received 'x', allowed a TokenBatch", () => evaluateLoss(model, wrong(['x']), loss)],
    [
      'batch.targetShape: received [2], allowed two whole numbers >= 1',
      () => evaluateLoss(model, [{ ...batch, targetShape: wrong([2]) }], loss),
    ],
    ['batch.source: received [4]', () => evaluateLoss(model, [{ ...batch, source: wrong([4]) }], loss)],
    [
      'ids in batch.source: received 2, allowed the 3 of sourceShape [1, 3]',
      () => evaluateLoss(model, [{ ...batch, sourceShape: [1, 3] }], loss),
    ],
    ['what the loss returned: received 1', () => evaluateLoss(model, [batch], () => wrong(1))],
    ['maxLength: received 5, allowed a function', () => translator.translate([], { maxLength: wrong(5) })],
    ['onProgress: received 5, allowed a function', () => translator.translate([], { onProgress: wrong(5) })],
    ['generate() model: received {}', () => generate(wrong({}), 'a', { vocabulary: bpe })],
    ['generate() vocabulary: received undefined', () => generate(speaker, 'a', wrong({}))],
    ['generate() prompt: received 3', () => generate(speaker, wrong(3), { vocabulary: bpe })],
    ['generate() stop: received {}', () => generate(speaker, 'a', { vocabulary: bpe, stop: wrong({}) })],
    ['onProgress: received {}', () => generate(speaker, 'a', { vocabulary: bpe, onProgress: wrong({}) })],
  ])('%s', async (message, call) => {
    const tensors = tf.memory().numTensors;
    const error = await call().catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ name: 'SteadyformerError', message: expect.stringContaining(message) });
    expect(tf.memory().numTensors).toBe(tensors);
  });
});
