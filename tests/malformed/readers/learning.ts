import { admin, constant, languageModel, preLN, sgd, transformer } from '@steadyformer/core';
import {
  Batches,
  encodeCorpus,
  evaluateLoss,
  LocalLearner,
  languageModelLoss,
  Trainer,
  trainBpe,
  translationLoss,
} from '@steadyformer/translate';
import {
  callback,
  type Domain,
  exactly,
  flag,
  iterableOf,
  needed,
  oneOf,
  positive,
  rate,
  real,
  record,
  whole,
} from '../domains';
import { optionsReader, valueReader } from '../optionsReader';
import type { Reader } from '../reader';

const vocabulary = trainBpe(['a small test of text', 'ein kleiner Test'], { merges: 20 });
const sizes = { vocabulary: vocabulary.size, padId: vocabulary.pad, width: 4, heads: 1, depth: 1 };
const model = transformer({ ...sizes, method: admin() }, 2);
const speaker = languageModel({ ...sizes, method: preLN() }, 2);
const corpus = encodeCorpus([{ source: 'a small test', target: 'ein kleiner Test' }], vocabulary);
const batches = new Batches(corpus, { maxTokens: 50 });
const batch = batches.batchAt(0, 0);
/** What of a batch a loss looks at. */
const like = record(
  {
    source: needed(exactly(batch.source)),
    sourceShape: needed(exactly(batch.sourceShape)),
    targetInput: needed(exactly(batch.targetInput)),
    targetOutput: needed(exactly(batch.targetOutput)),
    targetShape: needed(exactly(batch.targetShape)),
    targetTokens: needed(exactly(batch.targetTokens)),
  },
  'open',
);
const loss = translationLoss(0.1);
const rule = sgd();
const schedule = constant(0);

const learner = new LocalLearner({ model, loss, rule });
const trainer = new Trainer({ batches, schedule, learner });
const state = await trainer.state();

const finite = (value: number): string | undefined =>
  Number.isFinite(value) ? undefined : `a loss of ${value}`;

/** The loss that the function makes, measured. */
const lossReader = (
  name: string,
  domain: Domain,
  make: (value: never) => readonly [typeof model | typeof speaker, unknown],
): Reader =>
  valueReader(`translate: ${name}`, domain, async (value) => {
    const [of, lossOf] = make(value);
    return finite((await evaluateLoss(of, [batch], lossOf as never)).loss);
  });

export const learning: readonly Reader[] = [
  optionsReader({
    name: 'translate: Trainer',
    options: {
      model: needed(exactly(model)),
      batches: needed(exactly(batches)),
      loss: needed(callback(loss)),
      rule: needed({
        ...record({ coefficients: needed(callback(rule.coefficients)) }, 'open'),
        sound: () => rule,
      }),
      schedule: needed(callback(schedule)),
      accumulate: whole(1, 1, 1000),
      clipNorm: positive(1),
      seed: real(3),
      checkpointing: flag(true),
      reduceGradients: callback(async (own: unknown) => own),
    },
    call: (o) => new Trainer(o).dispose(),
  }),
  optionsReader({
    name: 'translate: Trainer beside a learner',
    options: {
      batches: needed(exactly(batches)),
      schedule: needed(callback(schedule)),
      learner: needed(exactly(learner)),
      accumulate: whole(1, 1, 1000),
      clipNorm: positive(1),
      seed: real(3),
    },
    call: (o) => new Trainer(o).dispose(),
  }),
  optionsReader({
    name: 'translate: LocalLearner',
    options: {
      model: needed(exactly(model)),
      loss: needed(callback(loss)),
      rule: needed({
        ...record({ coefficients: needed(callback(rule.coefficients)) }, 'open'),
        sound: () => rule,
      }),
      checkpointing: flag(true),
      reduceGradients: callback(async (own: unknown) => own),
    },
    call: async (o) => new LocalLearner(o).dispose(),
  }),
  optionsReader({
    name: 'translate: Trainer.restore',
    options: {
      position: needed(record({ epoch: needed(whole(0, 0)), index: needed(whole(0, 0)) })),
      optimizer: needed(exactly(state.optimizer)),
      rule: record({ name: needed(oneOf('sgd')) }, 'open'),
    },
    call: (o) => trainer.restore(o),
  }),
  optionsReader({
    name: 'translate: Trainer.step',
    options: {
      schedule: needed(callback(schedule)),
      accumulate: whole(2, 1, 50),
      clipNorm: positive(1),
      seed: real(3),
      checkpointing: flag(true),
    },
    // Spread, anything is a record.
    together: (o: object) => !(Symbol.iterator in o),
    call: async (o) => {
      const given: object = typeof o === 'object' && o !== null ? o : { options: o };
      const trainer = new Trainer({ model, batches, loss, rule, ...given } as never);
      try {
        return finite((await trainer.step()).loss);
      } finally {
        trainer.dispose();
      }
    },
  }),
  optionsReader({
    name: 'translate: evaluateLoss',
    options: { onProgress: callback(() => {}) },
    call: async (o) => finite((await evaluateLoss(model, [batch], loss, o)).loss),
  }),
  valueReader('translate: evaluateLoss of model', exactly(model), async (given) => {
    await evaluateLoss(given, [batch], loss);
  }),
  valueReader('translate: evaluateLoss of batches', iterableOf([batch], like), async (given) =>
    finite((await evaluateLoss(model, given, loss)).loss),
  ),
  valueReader('translate: evaluateLoss by', exactly(loss), async (given) => {
    await evaluateLoss(model, [batch], given);
  }),
  lossReader('translationLoss', rate(0.1), (smoothing) => [model, translationLoss(smoothing)]),
  lossReader('languageModelLoss', rate(0.1), (smoothing) => [speaker, languageModelLoss(smoothing)]),
  lossReader('translationLoss, pad', oneOf(vocabulary.pad), (pad) => [model, translationLoss(0.1, pad)]),
  lossReader('languageModelLoss, pad', oneOf(vocabulary.pad), (pad) => [speaker, languageModelLoss(0, pad)]),
];
