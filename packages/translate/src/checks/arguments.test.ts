import { languageModel, preLN, radam, randomStream, stateDict, transformer } from '@steadyformer/core';
import { describe, expect, it } from 'vitest';
import { decodeCheckpoint, encodeCheckpoint } from '../checkpoint/checkpoint';
import { makeBatch } from '../data/batch';
import { Batches } from '../data/batches';
import { encodeCorpus, packTokens, tokensAt } from '../data/encodeCorpus';
import { splitBatch } from '../data/splitBatch';
import { beamSearch } from '../decoding/beam';
import { TableDecoder, trap } from '../decoding/fixtures/tableDecoder';
import { greedySearch } from '../decoding/greedy';
import { LanguageModelDecoder } from '../decoding/languageModelDecoder';
import { sampleSearch } from '../decoding/sampling';
import type { StepDecoder } from '../decoding/stepDecoder';
import { TransformerDecoder } from '../decoding/transformerDecoder';
import { bleu, formatBleu, sentenceBleu } from '../score/bleu';
import { pairedBootstrap } from '../score/pairedBootstrap';
import { toHuggingFace } from '../subwords/huggingFace';
import { readSubwordNmt, segmentLine, writeSubwordNmt } from '../subwords/subwordNmt';
import { trainBpe } from '../subwords/trainBpe';
import { readLines } from '../text/lines';
import { normaliseText } from '../text/normalise';
import { LocalLearner } from '../training/localLearner';
import { Trainer } from '../training/trainer';
import { translationLoss } from '../training/translationLoss';

/** Arguments as a program without types would give them. */
const wrong = (value: unknown) => value as never;
const vocabulary = trainBpe(['a small test']);
const sizes = {
  ...{ vocabulary: vocabulary.size, padId: vocabulary.pad, width: 4, heads: 1, depth: 1 },
  method: preLN(),
};
const model = transformer(sizes, 1);
const speaker = languageModel(sizes, 1);
const corpus = encodeCorpus([{ source: 'a test', target: 'a small test' }], vocabulary);
const batch = makeBatch(corpus, [0]);
const random = randomStream(1);
const own = { model, loss: translationLoss(0.1), rule: radam() };
const checkpoint = { config: model.config, parameters: await stateDict(model), vocabulary };
const trainer = new Trainer({ ...own, batches: new Batches(corpus), schedule: () => 0 });
const state = await trainer.state();
const decoder = () => new TableDecoder(1, trap);
const drain = async (lines: AsyncIterable<unknown>): Promise<void> => {
  for await (const _ of lines);
};

type Call = () => unknown;

describe('arguments beside options', () => {
  const REFUSED: readonly (readonly [string, Call])[] = [
    ['greedySearch() decoder: received undefined', () => greedySearch(wrong(undefined), { eos: 0 })],
    ['beamSearch() decoder: received {', () => beamSearch(wrong({ vocabulary: 4, rows: 1 }), { eos: 0 })],
    [
      'sampleSearch() decoder.rows: received 0',
      () => sampleSearch(new TableDecoder(0, trap), { eos: 0, random }),
    ],
    ['decoder.vocabulary: received 1.5', () => greedySearch(new TableDecoder(1, trap, 1.5), { eos: 0 })],
    [
      'TransformerDecoder model: received {}',
      () => new TransformerDecoder(wrong({}), Int32Array.of(4), [1, 1]),
    ],
    [
      'ids in TransformerDecoder source: received 1, allowed the 2 of shape [1, 2]',
      () => new TransformerDecoder(model, Int32Array.of(4), [1, 2]),
    ],
    ['LanguageModelDecoder model: received null', () => new LanguageModelDecoder(wrong(null), [])],
    ['LanguageModelDecoder prompt: received [99]', () => new LanguageModelDecoder(speaker, [99])],
    ['LanguageModelDecoder rows: received 0', () => new LanguageModelDecoder(speaker, [2], 0)],
    [
      'makeBatch() special: received {"pad":2,"eos":2}, allowed the ids',
      () => makeBatch(corpus, [0], { pad: 2, eos: 2 }),
    ],
    ['Batches special: received {"pad":1}', () => new Batches(corpus, { special: wrong({ pad: 1 }) })],
    ['splitBatch() count: received 0', () => splitBatch(batch, 0)],
    ["batch: received 'x'", () => splitBatch(wrong('x'), 2)],
    ['tokensAt() index: received 1, allowed whole numbers below 1', () => tokensAt(corpus.source, 1)],
    ['packTokens() sentences: received 3', () => packTokens(wrong(3))],
    ['packTokens() sentences[1]: received null', () => packTokens(wrong([[4], null]))],
    ['encodeCorpus() pairs: received {}', () => encodeCorpus(wrong({}), vocabulary)],
    ['encodeCorpus() vocabulary: received 3', () => encodeCorpus([], wrong(3))],
    [
      "unknown option 'sourc', did you mean 'source'",
      () => encodeCorpus([], wrong({ sourc: vocabulary, target: vocabulary })),
    ],
    [
      'encodeCorpus() random: received undefined, allowed a RandomStream',
      () => encodeCorpus([], vocabulary, { dropout: 0.1 }),
    ],
    ['toHuggingFace() bpe: received {}', () => toHuggingFace(wrong({}))],
    ['writeSubwordNmt() bpe: received null', () => writeSubwordNmt(wrong(null))],
    ['segmentLine() separator: received 3', () => segmentLine(vocabulary, 'a', wrong(3))],
    ['readSubwordNmt() line: received 7', () => readSubwordNmt('#version: 0.2\n', { lines: wrong([7]) })],
    [
      "endOfWord: received '', allowed a mark such as",
      () => trainBpe(['a'], { preTokenizer: 'whitespace', endOfWord: '' }),
    ],
    ['normaliseText() text: received undefined', () => normaliseText(wrong(undefined))],
    [
      "readLines() text: unknown option 'nmae', did you mean 'name'",
      () => drain(readLines(wrong({ nmae: 'x', content: '' }))),
    ],
    ['decodeCheckpoint() files: received undefined', () => decodeCheckpoint(wrong(undefined))],
    ["files['checkpoint.json']: received 'x'", () => decodeCheckpoint(wrong({ 'checkpoint.json': 'x' }))],
    [
      'checkpoint.vocabulary: received {',
      () => encodeCheckpoint(wrong({ ...checkpoint, vocabulary: vocabulary.toJSON() })),
    ],
    ['restore() state: received undefined', () => trainer.restore(wrong(undefined))],
    [
      'restore() state.position.epoch: received -1',
      () => trainer.restore({ ...state, position: { epoch: -1, index: 0 } }),
    ],
    ['sentenceBleu() references: received', () => sentenceBleu('a', wrong('a'))],
    ['formatBleu() digits: received -1', () => formatBleu(bleu(['a'], ['a']), -1)],
    ['pairedBootstrap() baseline: received undefined', () => pairedBootstrap(wrong(undefined), ['a'], ['a'])],
    [
      'pairedBootstrap() metric: received {"statistics":the function statistics',
      () => pairedBootstrap(['a'], ['a'], ['a'], { metric: wrong({ statistics() {}, scoreOf() {} }) }),
    ],
    ['LocalLearner.gradient() batches: received []', () => new LocalLearner(own).gradient([], random)],
    [
      'LocalLearner rule: received 3, allowed a rule, such as radam()',
      () => new LocalLearner({ ...own, rule: wrong(3) }),
    ],
  ];
  it.each(REFUSED)('%s', async (message, call) => {
    const error = await (async () => call())().then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    expect(error).toMatchObject({ name: 'SteadyformerError', message: expect.stringContaining(message) });
  });

  it('log-probabilities of another number are refused, and the decoder is disposed', async () => {
    const short = decoder();
    short.step = async () => new Float32Array(3);
    await expect(greedySearch(short, { eos: 0 })).rejects.toThrow(
      'log-probabilities of decoder.step(): received 3, allowed 4, the 4 tokens of 1 rows',
    );
    expect(short.disposed).toBe(1);
    const none = decoder();
    none.step = (async () => [0, 0, 0, 0]) as unknown as StepDecoder['step'];
    await expect(greedySearch(none, { eos: 0 })).rejects.toThrow(
      'what decoder.step() gave: received [0, 0, 0, 0]',
    );
    expect(none.disposed).toBe(1);
  });

  it('a learner is not changed by what happens to its options afterwards', async () => {
    const given = { ...own };
    const made = new LocalLearner(given);
    const { settings } = made;
    given.loss = translationLoss(0.5);
    expect(made.settings).toEqual(settings);
    await made.dispose();
  });
});
