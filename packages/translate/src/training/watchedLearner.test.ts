import type { WatchReport } from '@steadyformer/analysis';
import {
  adam,
  admin,
  constant,
  languageModel,
  randomStream,
  selectBackend,
  stateDict,
  type Transformer,
  transformer,
} from '@steadyformer/core';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import type { TokenBatch } from '../data/batch';
import { Batches } from '../data/batches';
import { packTokens } from '../data/encodeCorpus';
import { splitBatch } from '../data/splitBatch';
import { TextBatches } from '../data/textBatches';
import type { Learner } from './learner';
import { LocalLearner } from './localLearner';
import { Trainer } from './trainer';
import { languageModelLoss, translationLoss } from './translationLoss';
import { type WatchedLearnerOptions, watchedLearner } from './watchedLearner';

beforeAll(async () => {
  await selectBackend('wasm');
});

const sentences = packTokens(
  Array.from({ length: 24 }, (_, i) =>
    Array.from({ length: 2 + (i % 4) }, (_, j) => 4 + ((i * 3 + j * 5) % 8)),
  ),
);
const batches = new Batches({ source: sentences, target: sentences }, { maxTokens: 64 });
const common = { batches, schedule: constant(0.01), accumulate: 2 };
const loss = translationLoss(0.1);
const rule = adam();

const modelOf = (more: object = {}): Transformer =>
  transformer(
    {
      vocabulary: 14,
      padId: 1,
      width: 16,
      heads: 2,
      depth: 1,
      method: admin(),
      dropout: { residual: 0.1, attention: 0.1 },
      ...more,
    },
    5,
  );

type Options = WatchedLearnerOptions<Transformer, TokenBatch>;

/** A watched learner of a model of its own, and the reports so far. */
const watched = (more: Partial<Options> = {}) => {
  const model = more.model ?? modelOf();
  const reports: WatchReport[] = [];
  const learner = watchedLearner({
    learner: new LocalLearner({ model, loss, rule }),
    model,
    loss,
    every: 2,
    onReport: (report) => void reports.push(report),
    ...more,
  });
  return { model, reports, learner };
};

const weights = async (model: Transformer): Promise<number[]> =>
  Object.values(await stateDict(model)).flatMap(({ data }) => Array.from(data));

describe('watchedLearner', () => {
  it('reports every so many updates and changes no number, to the bit', async () => {
    const [plain, tensors] = [modelOf(), tf.memory().numTensors];
    const alone = new Trainer({ ...common, model: plain, loss, rule });
    const { model, reports, learner } = watched();
    const trainer = new Trainer({ ...common, learner });
    for (let i = 1; i <= 5; i++) {
      const { batches: next, random } = trainer.next();
      const expected = await alone.step();
      expect(await trainer.step()).toEqual(expected);
      expect(reports).toHaveLength(Math.floor(i / 2));
      if (i !== 2) continue;
      expect(reports[0]).toMatchObject({ step: 2, gradientNorm: expected.gradientNorm });
      expect(reports[0]!.branches.map(({ path }) => path)).toEqual([
        'encoder.layers.0.selfAttention',
        'encoder.layers.0.feedForward',
        'decoder.layers.0.selfAttention',
        'decoder.layers.0.crossAttention',
        'decoder.layers.0.feedForward',
      ]);
      expect([next.length, random.key]).toEqual([2, randomStream(1).fork('training').fork(2).key]);
    }
    expect(reports.map(({ step }) => step)).toEqual([2, 4]);
    for (const { ratio } of reports[1]!.updates) expect(ratio).toBeGreaterThan(0);
    expect(await weights(model)).toEqual(await weights(plain));

    const [state, expected] = [await trainer.state(), await alone.state()];
    expect(state).toEqual(expected);
    expect(state.settings).toBeDefined();
    const resumedModel = modelOf();
    const resumed = watched({ model: resumedModel });
    new Trainer({ ...common, learner: resumed.learner }).restore(state);
    expect([resumed.learner.updates, learner.updates]).toEqual([5, 5]);
    await resumed.learner.dispose();
    await learner.dispose();
    alone.dispose();
    for (const each of [model, resumedModel]) {
      for (const { parameter } of each.parameters()) parameter.dispose();
    }
    expect(tf.memory().numTensors).toBe(tensors);
  });

  it('sees the very network that makes the step, dropout included', async () => {
    const model = modelOf();
    const reports: WatchReport[] = [];
    const seen: number[] = [];
    const telling: typeof loss = (own, batch, context) => {
      const measured = loss(own, batch, context);
      seen.push(measured.loss.dataSync()[0]!);
      return measured;
    };
    const learner = watchedLearner({
      learner: new LocalLearner({ model, loss, rule }),
      model,
      loss: telling,
      every: 1,
      onReport: (report) => void reports.push(report),
    });
    const batch = batches.batchAt(0, 0);
    const sums = await learner.gradient([batch], randomStream(3));
    expect(seen).toHaveLength(1);
    expect(seen[0]! / sums.tokens).toBeCloseTo(sums.loss, 5);
    const dry = modelOf({ dropout: {} });
    const without = await new LocalLearner({ model: dry, loss, rule }).gradient([batch], randomStream(3));
    expect(Math.abs(without.loss - sums.loss)).toBeGreaterThan(1e-3);
    await learner.dispose();
  });

  it('looks at the sample of the batch that it is told to', async () => {
    const { model, reports } = watched();
    const looked: number[] = [];
    const learner = watchedLearner({
      learner: new LocalLearner({ model, loss, rule }),
      model,
      loss: (own, batch, context) => {
        looked.push(batch.targetShape[0]);
        return loss(own, batch, context);
      },
      every: 1,
      sample: (batch) => splitBatch(batch, 4)[0]!,
      onReport: (report) => void reports.push(report),
    });
    const batch = batches.batchAt(0, 0);
    const plain = modelOf();
    const alone = new LocalLearner({ model: plain, loss, rule });
    expect(await learner.gradient([batch], randomStream(1))).toEqual(
      await alone.gradient([batch], randomStream(1)),
    );
    await learner.step(0.01, 1);
    await alone.step(0.01, 1);
    expect(looked).toEqual([Math.round(batch.targetShape[0] / 4)]);
    expect(reports[0]!.branches).toHaveLength(5);
    expect(await weights(model)).toEqual(await weights(plain));
    for (const each of [learner, alone]) await each.dispose();
  });

  it('keeps nothing where an update is not made', async () => {
    const { model, learner, reports } = watched({ every: 1 });
    const batch = batches.batchAt(0, 0);
    await learner.gradient([batch], randomStream(1));
    await learner.step(0.01, 1);
    const tensors = tf.memory().numTensors;
    await learner.gradient([batch], randomStream(1));
    learner.discard();
    expect(tf.memory().numTensors).toBe(tensors);
    await learner.gradient([batch], randomStream(1));
    await expect(learner.step(Number.NaN, 1)).rejects.toThrow();
    learner.discard();
    expect(tf.memory().numTensors).toBe(tensors);
    await expect(learner.gradient([], randomStream(1))).rejects.toThrow('at least one batch');
    expect(tf.memory().numTensors).toBe(tensors);

    const failing: Learner<TokenBatch> = watchedLearner({
      learner,
      model,
      loss: () => {
        throw new Error('no such batch');
      },
      every: 1,
      onReport: () => {},
    });
    await expect(failing.gradient([batch], randomStream(1))).rejects.toThrow('no such batch');
    expect(tf.memory().numTensors).toBe(tensors);
    expect(learner.updates).toBe(1);
    expect(reports).toHaveLength(1);
  });

  it('makes an update once, whatever the one who is told of it does', async () => {
    const { model, learner } = watched({
      every: 1,
      onReport: async () => {
        throw new Error('the disk is full');
      },
    });
    const plain = modelOf();
    const alone = new Trainer({ ...common, model: plain, loss, rule });
    const trainer = new Trainer({ ...common, learner });
    expect(await trainer.step()).toEqual(await alone.step());
    await expect(trainer.step()).rejects.toThrow('the disk is full');
    expect(learner.updates).toBe(1);
    expect(await weights(model)).toEqual(await weights(plain));
    expect(await trainer.step()).toEqual(await alone.step());
  });

  it('warns with a path and what to try', async () => {
    const { learner, reports } = watched({ every: 1, thresholds: { updateRatio: 1e-4 } });
    await new Trainer({ ...common, learner }).step();
    const [warning] = reports[0]!.warnings;
    expect(warning).toMatchObject({ kind: 'updateRatio' });
    expect(warning!.message).toContain(warning!.path);
  });

  it('watches language models, and stochastic depth that skips every branch', async () => {
    const model = languageModel({ vocabulary: 14, width: 16, heads: 2, depth: 2, method: admin() });
    const reports: WatchReport[] = [];
    const learner = watchedLearner({
      learner: new LocalLearner({ model, loss: languageModelLoss(), rule }),
      model,
      loss: languageModelLoss(),
      every: 1,
      onReport: (report) => void reports.push(report),
    });
    const text = new TextBatches(sentences, { length: 8 });
    await new Trainer({ batches: text, schedule: constant(0.01), learner }).step();
    expect(reports[0]!.branches).toHaveLength(4);

    const skipping = watched({
      every: 1,
      model: modelOf({ stochasticDepth: { rate: 0.99, rule: 'constant' } }),
    });
    const trainer = new Trainer({ ...common, learner: skipping.learner });
    for (let i = 0; i < 3; i++) await trainer.step();
    expect(skipping.reports).toHaveLength(3);
    expect(skipping.reports.flatMap(({ branches }) => branches).length).toBeLessThan(5);
  });

  it.each<readonly [string, (good: Options) => unknown]>([
    ['watchedLearner() learner: received undefined, allowed a Learner', ({ learner: _, ...rest }) => rest],
    ["watchedLearner(): unknown option 'evry', did you mean 'every'?", (good) => ({ ...good, evry: 5 })],
    ['watch() every: received 0, allowed whole numbers >= 1', (good) => ({ ...good, every: 0 })],
    [
      "unknown option 'updateRate', did you mean 'updateRatio'?",
      (good) => ({ ...good, thresholds: { updateRate: 1 } }),
    ],
    ['watchedLearner() onReport: received undefined, allowed a function', ({ onReport: _, ...rest }) => rest],
    ['watch() model: received a TokenEmbedding', (good) => ({ ...good, model: modelOf().sourceEmbedding })],
  ])('%s', (message, options) => {
    const model = modelOf();
    const good: Options = {
      learner: new LocalLearner({ model, loss, rule }),
      model,
      loss,
      onReport: () => {},
    };
    expect(() => watchedLearner(options(good) as never)).toThrow(message);
  });
});
