import {
  constant,
  languageModel,
  preLN,
  radam,
  randomStream,
  stateDict,
  transformer,
} from '@steadyformer/core';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { type Checkpoint, decodeCheckpoint, encodeCheckpoint } from '../checkpoint/checkpoint';
import { makeBatch } from '../data/batch';
import { Batches } from '../data/batches';
import { encodeCorpus, packTokens, tokensAt } from '../data/encodeCorpus';
import { splitBatch } from '../data/splitBatch';
import { beamSearch } from '../decoding/beam';
import { TableDecoder, trap } from '../decoding/fixtures/tableDecoder';
import { generate } from '../decoding/generate';
import { greedySearch } from '../decoding/greedy';
import { LanguageModelDecoder } from '../decoding/languageModelDecoder';
import { sampleSearch } from '../decoding/sampling';
import type { StepDecoder } from '../decoding/stepDecoder';
import { TransformerDecoder } from '../decoding/transformerDecoder';
import { Translator } from '../decoding/translator';
import { translatorFrom } from '../decoding/translatorFrom';
import { bleu, formatBleu, sentenceBleu } from '../score/bleu';
import { chrF } from '../score/chrF';
import { pairedBootstrap } from '../score/pairedBootstrap';
import { ter } from '../score/ter';
import { toHuggingFace } from '../subwords/huggingFace';
import { readSubwordNmt, segmentLine, writeSubwordNmt } from '../subwords/subwordNmt';
import { trainBpe } from '../subwords/trainBpe';
import { cleanCorpus } from '../text/clean';
import { readLines } from '../text/lines';
import { normaliseText } from '../text/normalise';
import { collectParallel } from '../text/readParallel';
import { evaluateLoss } from '../training/evaluate';
import type { Learner } from '../training/learner';
import { LocalLearner } from '../training/localLearner';
import { Trainer } from '../training/trainer';
import { translationLoss } from '../training/translationLoss';

/** Options as a program without types would give them. */
const wrong = (value: unknown) => value as never;
const vocabulary = trainBpe(['a small test']);
const sizes = {
  ...{ vocabulary: vocabulary.size, padId: vocabulary.pad, width: 4, heads: 1, depth: 1 },
  method: preLN(),
};
const model = transformer(sizes, 1);
const speaker = languageModel(sizes, 1);
const translator = new Translator(model, vocabulary);
const pairs = [{ source: 'a test', target: 'a small test' }];
const corpus = encodeCorpus(pairs, vocabulary);
const batch = makeBatch(corpus, [0]);
const batches = new Batches(corpus);
const random = randomStream(1);
const loss = translationLoss(0.1);
const own = { model, loss, rule: radam() };
const common = { batches, schedule: constant(0) };
const decoder = () => new TableDecoder(1, trap);
const learner: Learner<typeof batch> = {
  updates: 0,
  gradient: async () => ({ loss: 1, nll: 1, tokens: 1, gradientNorm: 1 }),
  step: async () => {},
  discard: () => {},
  state: async () => ({ updates: 0, m: new Float32Array(1), v: new Float32Array(1) }),
  restore: () => {},
  dispose: async () => {},
};
const checkpoint: Checkpoint = { config: model.config, parameters: await stateDict(model), vocabulary };
const state = { position: { epoch: 0, index: 0 }, optimizer: await learner.state() };
const trainer = new Trainer({ ...common, learner });
const drain = async (lines: AsyncIterable<unknown>): Promise<void> => {
  for await (const _ of lines);
};

type Call = () => unknown;

/** Throws what the call throws, at once or later. No tensor stays. */
const failureOf = async (call: Call): Promise<unknown> => {
  const before = tf.memory().numTensors;
  const error = await (async () => call())().then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(tf.memory().numTensors).toBe(before);
  return error;
};

const expectRefusal = async (call: Call, message: string): Promise<void> => {
  const error = await failureOf(call);
  expect(error).toMatchObject({ name: 'SteadyformerError', message: expect.stringContaining(message) });
  expect((error as Error).message.length).toBeLessThan(500);
};

/** Every function of options; `given` are options that are wrong. */
const CALLS: Readonly<Record<string, readonly [string, (given: object) => unknown]>> = {
  'trainBpe()': ['merges', (o) => trainBpe(['a'], wrong(o))],
  'encode()': ['dropout', (o) => vocabulary.encode('a', wrong(o))],
  'decode()': ['unknown', (o) => vocabulary.decode([4], wrong(o))],
  'readSubwordNmt()': ['lines', (o) => readSubwordNmt('#version: 0.2\n', wrong(o))],
  'cleaner()': ['maxWords', (o) => cleanCorpus(pairs, wrong(o))],
  'encodeCorpus()': ['onUnknown', (o) => encodeCorpus(pairs, vocabulary, wrong(o))],
  Batches: ['maxTokens', (o) => new Batches(corpus, wrong(o))],
  'greedySearch()': ['maxLength', (o) => greedySearch(decoder(), wrong({ eos: 0, ...o }))],
  'beamSearch()': ['beamSize', (o) => beamSearch(decoder(), wrong({ eos: 0, ...o }))],
  'sampleSearch()': ['temperature', (o) => sampleSearch(decoder(), wrong({ eos: 0, random, ...o }))],
  'generate()': ['topK', (o) => generate(speaker, 'a', wrong({ vocabulary, ...o }))],
  'translate()': ['lengthPenalty', (o) => translator.translate(['a'], wrong(o))],
  'translatorFrom() own': ['modules', (o) => translatorFrom(checkpoint, wrong(o))],
  'evaluateLoss()': ['onProgress', (o) => evaluateLoss(model, [batch], loss, wrong(o))],
  LocalLearner: ['checkpointing', (o) => new LocalLearner(wrong({ ...own, ...o }))],
  Trainer: ['clipNorm', (o) => new Trainer(wrong({ ...common, ...own, ...o }))],
  'restore()': ['accept', (o) => trainer.restore(state, wrong(o))],
  'restore() state': ['settings', (o) => trainer.restore(wrong({ ...state, ...o }))],
  checkpoint: ['profile', (o) => encodeCheckpoint(wrong({ ...checkpoint, ...o }))],
  'bleu()': ['maxOrder', (o) => bleu(['a'], ['a'], wrong(o))],
  'chrF()': ['wordOrder', (o) => chrF(['a'], ['a'], wrong(o))],
  'ter()': ['normalized', (o) => ter(['a'], ['a'], wrong(o))],
  'pairedBootstrap()': ['onProgress', (o) => pairedBootstrap(['a'], ['a'], ['a'], wrong(o))],
  'readParallel()': [
    'columns',
    (o) => collectParallel(wrong({ format: 'tsv', text: { name: 'x', content: 'a\tb' }, ...o })),
  ],
};

describe.each(Object.entries(CALLS))('%s', (where, [key, call]) => {
  it('names the nearest of an option it does not know', async () => {
    const misspelt = `${key.slice(0, -1)}_${key.at(-1)}`;
    const message = `${where}: unknown option '${misspelt}', did you mean '${key}'?`;
    await expectRefusal(() => call({ [misspelt]: 1 }), message);
  });

  it.each(['__proto__', 'constructor', 'hasOwnProperty'])('knows no option %s', async (name) => {
    const given = Object.defineProperty({}, name, { value: 1, enumerable: true });
    await expectRefusal(() => call(Object.assign(Object.create(null), given)), `${where}: unknown option`);
  });

  it('takes no value of another type', async () => {
    await expectRefusal(() => call({ [key]: Symbol('x') }), `${key}: received Symbol(x)`);
  });
});

describe('what would be ignored is refused', () => {
  const REFUSED: readonly (readonly [string, Call])[] = [
    ...(['model', 'loss', 'rule', 'checkpointing', 'reduceGradients'] as const).map(
      (name) =>
        [
          `Trainer: '${name}' has no effect beside learner, which has its own. Leave it out.`,
          () =>
            new Trainer(
              wrong({
                ...common,
                learner,
                [name]: { ...own, checkpointing: false }[name as 'model'] ?? (() => {}),
              }),
            ),
        ] as const,
    ),
    ["encode(): 'random' has no effect without dropout", () => vocabulary.encode('a', { random })],
    ["encodeCorpus(): 'random' has no effect", () => encodeCorpus(pairs, vocabulary, { random })],
    [
      "bleu(): 'smoothingValue' has no effect with smoothing 'exp'",
      () => bleu(['a'], ['a'], { smoothingValue: 0.1 }),
    ],
    [
      "bleu(): 'smoothingValue' has no effect with smoothing 'none'",
      () => bleu(['a'], ['a'], { smoothing: 'none', smoothingValue: 0.1 }),
    ],
    [
      'generate() temperature: received 0, allowed positive numbers with topK or seed',
      () => generate(speaker, 'a', { vocabulary, topK: 3 }),
    ],
    ["unknown option 'seed'", () => translatorFrom(checkpoint, wrong({ seed: 1 }))],
    [
      "greedySearch(): unknown option 'beamSize'",
      () => greedySearch(decoder(), wrong({ eos: 0, beamSize: 3 })),
    ],
    [
      "checkpoint.training: unknown option 'profile'",
      () => encodeCheckpoint(wrong({ ...checkpoint, training: { ...state, rule: radam(), profile: {} } })),
    ],
    [
      "restore() accept: received 'batches.maxTokns', allowed seed, accumulate, clipNorm, schedule, batches. Or a " +
        "path under these. Did you mean 'batches.maxTokens'?",
      async () => trainer.restore(await trainer.state(), { accept: ['batches.maxTokns'] }),
    ],
  ];
  it.each(REFUSED)('%s', (message, call) => expectRefusal(call, message));

  it('but not where it has an effect', async () => {
    expect(vocabulary.encode('a', { dropout: 0, random })).toEqual(vocabulary.encode('a'));
    expect(bleu(['a b c d'], ['a b c e'], { smoothing: 'floor', smoothingValue: 0.5 }).score).toBeGreaterThan(
      0,
    );
    // A rule that a Trainer was given is what a checkpoint of it takes.
    await encodeCheckpoint({ ...checkpoint, training: { ...state, rule: radam() } });
    new Trainer({ ...common, learner, ...{ model: undefined } }).dispose();
  });
});

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
