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
import { type Checkpoint, encodeCheckpoint } from '../checkpoint/checkpoint';
import { makeBatch } from '../data/batch';
import { Batches } from '../data/batches';
import { encodeCorpus, encodeText } from '../data/encodeCorpus';
import { TextBatches } from '../data/textBatches';
import { beamSearch } from '../decoding/beam';
import { TableDecoder, trap } from '../decoding/fixtures/tableDecoder';
import { generate } from '../decoding/generate';
import { greedySearch } from '../decoding/greedy';
import { sampleSearch } from '../decoding/sampling';
import { Translator } from '../decoding/translator';
import { translatorFrom } from '../decoding/translatorFrom';
import { bleu } from '../score/bleu';
import { chrF } from '../score/chrF';
import { pairedBootstrap } from '../score/pairedBootstrap';
import { ter } from '../score/ter';
import { readSubwordNmt } from '../subwords/subwordNmt';
import { trainBpe } from '../subwords/trainBpe';
import { cleanCorpus } from '../text/clean';
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
  'encodeText()': ['dropout', (o) => encodeText(['a'], vocabulary, wrong(o))],
  TextBatches: ['batchSize', (o) => new TextBatches(corpus.target, wrong(o))],
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
