import { describe, expect, it } from 'vitest';
import { makeBatch } from './data/batch';
import { Batches } from './data/batches';
import { cleanCorpus, cleaner } from './data/clean';
import { encodeCorpus, packTokens } from './data/encodeCorpus';
import { collectParallel } from './data/readParallel';
import { Translator } from './decoding/translator';
import { bleu } from './score/bleu';
import { chrF } from './score/chrF';
import { ter } from './score/ter';
import { Bpe } from './subwords/bpe';
import { readSubwordNmt, segmentLine } from './subwords/subwordNmt';
import { trainBpe } from './subwords/trainBpe';
import { LocalLearner } from './training/learner';
import { Trainer } from './training/trainer';

const wrong = (value: unknown) => value as never;
const bpe = trainBpe(['a small test']);
const corpus = { source: packTokens([[4]]), target: packTokens([[5]]) };
const long = 'x'.repeat(1e7);
const data = { batches: new Batches(corpus), schedule: () => 1 };

describe('one clear error, which quotes no megabytes', () => {
  it.each<readonly [string, () => unknown]>([
    ["trainBpe lines: received 'a text', allowed a list of texts", () => trainBpe('a text')],
    ['trainBpe lines: received undefined', () => trainBpe(wrong(undefined))],
    ['trainBpe line: received 7, allowed a text', () => trainBpe(wrong([7]))],
    ["endOfWord: received ' '", () => trainBpe(['a'], { endOfWord: ' ' })],
    ['endOfWord: received 3', () => trainBpe(['a'], { endOfWord: wrong(3) })],
    ['Bpe text: received undefined', () => bpe.encode(wrong(undefined))],
    ["Bpe text: received ['a', 'b']", () => bpe.encode(wrong(['a', 'b']))],
    ["merge 0: received 'x", () => Bpe.fromJSON({ ...bpe.toJSON(), merges: [long] })],
    ["codes:1: received 'x", () => readSubwordNmt(long)],
    ['readSubwordNmt codes', () => readSubwordNmt(wrong(null))],
    ['segmentLine line', () => segmentLine(bpe, wrong(undefined))],
    [
      'encodeCorpus pairs[1].target: received undefined',
      () => encodeCorpus([{ source: 'a', target: 'b' }, wrong({ source: 'a' })], bpe),
    ],
    ['encodeCorpus pairs[0].source', () => encodeCorpus([wrong(null)], bpe)],
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
    ['model to train: received undefined, allowed a Module', () => new Trainer(wrong(data))],
    [
      'loss: received undefined, allowed a function (model, batch, context). Such as translationLoss(0.1).',
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
    ["checkpointing: received 'no', allowed true, false", () => new LocalLearner(wrong({ checkpointing: 'no' }))],
    ['reduceGradients: received 3, allowed a function', () => new LocalLearner(wrong({ reduceGradients: 3 }))],
    ['translationLoss smoothing: received 1, allowed numbers in [0, 1)', () => translationLoss(1)],
    ["translationLoss pad: received '1'", () => translationLoss(0.1, wrong('1'))],
    ['languageModelLoss smoothing: received NaN', () => languageModelLoss(Number.NaN)],
    ['languageModelLoss pad: received 0.5', () => languageModelLoss(0, 0.5)],
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
    ['readParallel: received undefined', undefined],
    ['readParallel text: received undefined', { format: 'tsv' }],
    ["readParallel source: received 'a.en'", { format: 'pair', source: 'a.en', target: 'a.de' }],
    ['readParallel text.content: received 7', { format: 'jsonl', text: { name: 'x', content: 7 } }],
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
      "readParallel blank: received 'drop'",
      { format: 'jsonl', text: { name: 'x', content: '' }, blank: 'drop' },
    ],
  ])('%s (readParallel)', async (message, input) => {
    const error = await collectParallel(wrong(input)).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ name: 'SteadyformerError', message: expect.stringContaining(message) });
  });
});
