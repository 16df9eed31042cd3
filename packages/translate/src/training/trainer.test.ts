import {
  constant,
  inverseSqrt,
  lossAndGradient,
  postLN,
  radam,
  randomStream,
  selectBackend,
  stateDict,
  type Transformer,
  transformer,
} from '@steadyformer/core';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { makeBatch, type TokenBatch } from '../data/batch';
import { Batches } from '../data/batches';
import { packTokens } from '../data/encodeCorpus';
import { evaluateLoss } from './evaluate';
import { LocalLearner } from './localLearner';
import { Trainer, type TrainerOptions } from './trainer';
import { translationLoss } from './translationLoss';

beforeAll(async () => {
  await selectBackend('wasm');
});

/** Sentences whose translation is each token plus one. */
const sentences = Array.from({ length: 24 }, (_, i) =>
  Array.from({ length: 2 + (i % 4) }, (_, j) => 4 + ((i * 3 + j * 5) % 8)),
);
const corpus = {
  source: packTokens(sentences),
  target: packTokens(sentences.map((ids) => ids.map((id) => id + 1))),
};

const model = (dropout = 0.1): Transformer =>
  transformer(
    {
      vocabulary: 14,
      padId: 1,
      width: 16,
      heads: 2,
      feedForward: 32,
      depth: 1,
      method: postLN(),
      dropout: { residual: dropout, attention: dropout },
    },
    5,
  );

const trainerOf = (
  own: Transformer,
  more: Partial<TrainerOptions<Transformer, TokenBatch>> = {},
): Trainer<Transformer, TokenBatch> =>
  new Trainer({
    model: own,
    batches: new Batches(corpus, { maxTokens: 64 }),
    loss: translationLoss(0.1),
    rule: radam(),
    schedule: inverseSqrt({ peak: 1e-2, warmup: 10 }),
    ...more,
  });

describe('translationLoss', () => {
  it('is the sum over real tokens of the smoothed cross-entropy', async () => {
    const own = model(0);
    const alone = [0, 3].map((i) => makeBatch(corpus, [i]));
    const padded = makeBatch(corpus, [0, 3]);
    expect(padded.targetShape[1]).toBeGreaterThan(alone[0]!.targetShape[1]);
    const one = await evaluateLoss(own, alone, translationLoss(0.1));
    const two = await evaluateLoss(own, [padded], translationLoss(0.1));
    expect(two.tokens).toBe(one.tokens);
    expect(two.loss).toBeCloseTo(one.loss, 5);
    expect(two.nll).toBeCloseTo(one.nll, 5);
    // An untrained model is near the uniform distribution's log 14 = 2.64, from above.
    expect(two.nll).toBeGreaterThan(2);
    expect(two.perplexity).toBeCloseTo(Math.exp(two.nll), 6);
  });
});

describe('Trainer', () => {
  it('learns, and leaves no tensor behind', async () => {
    const own = model();
    const trainer = trainerOf(own);
    const first = await trainer.step();
    const tensors = tf.memory().numTensors;
    let last = first;
    for (let i = 0; i < 120; i++) last = await trainer.step();
    expect(tf.memory().numTensors).toBe(tensors);
    expect(first.update).toBe(1);
    expect(last.update).toBe(121);
    expect(last.nll).toBeLessThan(0.5 * first.nll);
    expect(last.loss).toBeGreaterThan(last.nll * 0.5);
    expect(last.epoch).toBeGreaterThan(3);
    trainer.dispose();
  });

  it('goes on from a restored state as it would have', async () => {
    const whole = trainerOf(model());
    const reports = [];
    for (let i = 0; i < 12; i++) reports.push(await whole.step());

    const half = model();
    const interrupted = trainerOf(half);
    for (let i = 0; i < 6; i++) await interrupted.step();
    const state = JSON.parse(JSON.stringify(await interrupted.state(), arraysAsLists)) as Awaited<
      ReturnType<typeof interrupted.state>
    >;
    const resumed = trainerOf(half);
    resumed.restore({
      ...state,
      optimizer: {
        ...state.optimizer,
        m: Float32Array.from(state.optimizer.m),
        v: Float32Array.from(state.optimizer.v),
      },
    });
    for (let i = 6; i < 12; i++) expect(await resumed.step()).toEqual(reports[i]);
  });

  it('takes the same steps with checkpointing, to the bit', async () => {
    const plain = trainerOf(model());
    const less = trainerOf(model(), { checkpointing: true });
    for (let i = 0; i < 4; i++) expect(await less.step()).toEqual(await plain.step());
  });

  it('sums gradients over accumulated batches', async () => {
    const [a, b] = [model(0), model(0)];
    const two = makeBatch(corpus, [0, 4, 1, 5]);
    const parts = [makeBatch(corpus, [0, 4]), makeBatch(corpus, [1, 5])];
    const source = (list: readonly TokenBatch[]) => ({
      batchAt: (_epoch: number, index: number) => list[index % list.length]!,
      after: ({ epoch, index }: { epoch: number; index: number }) => ({ epoch, index: index + 1 }),
    });
    const rate = { schedule: constant(1e-2), rule: radam({ warmStart: 'momentum' }) };
    const once = await trainerOf(a, { batches: source([two]), ...rate }).step();
    const summed = await trainerOf(b, { batches: source(parts), accumulate: 2, ...rate }).step();
    expect(summed.tokens).toBe(once.tokens);
    expect(summed.loss).toBeCloseTo(once.loss, 5);
    expect(summed.gradientNorm).toBeCloseTo(once.gradientNorm, 5);
    const [weightsA, weightsB] = [await stateDict(a), await stateDict(b)];
    for (const [path, { data }] of Object.entries(weightsA)) {
      for (const [k, value] of data.entries()) expect(weightsB[path]!.data[k]).toBeCloseTo(value, 4);
    }
  });

  it('clips, and passes gradients through the seam for replicas', async () => {
    const own = model(0);
    const seen: number[] = [];
    const trainer = trainerOf(own, {
      clipNorm: 0.01,
      rule: radam({ warmStart: 'momentum', beta1: 0 }),
      schedule: constant(1),
      reduceGradients: async ({ gradient, tokens }) => {
        seen.push(tokens);
        return { gradient, tokens };
      },
    });
    const before = await stateDict(own);
    const report = await trainer.step();
    const after = await stateDict(own);
    expect(seen).toEqual([report.tokens]);
    expect(report.gradientNorm).toBeGreaterThan(0.1);
    let squares = 0;
    for (const [path, { data }] of Object.entries(after)) {
      for (const [k, value] of data.entries()) squares += (value - before[path]!.data[k]!) ** 2;
    }
    // One step of plain gradient descent at rate 1 moves by the clipped norm.
    expect(Math.sqrt(squares)).toBeCloseTo(0.01, 4);
  });

  it('stops at a loss that is not finite, with nothing changed', async () => {
    const own = model(0);
    const trainer = trainerOf(own, {
      loss: (aModel, batch, context) => {
        const measured = translationLoss(0)(aModel, batch, context);
        return { ...measured, loss: tf.mul(measured.loss, Number.POSITIVE_INFINITY) };
      },
    });
    const before = await stateDict(own);
    const tensors = tf.memory().numTensors;
    await expect(trainer.step()).rejects.toThrow(/update 1: the loss is Infinity.*nothing was changed/);
    expect(tf.memory().numTensors).toBe(tensors);
    expect(await stateDict(own)).toEqual(before);
    expect(trainer.updates).toBe(0);
  });

  it('gives timers their turn, so that a run can be stopped', async () => {
    const trainer = trainerOf(model());
    let stopped = false;
    setTimeout(() => {
      stopped = true;
    }, 1);
    for (let i = 0; i < 200 && !stopped; i++) await trainer.step();
    expect(stopped).toBe(true);
  });

  it('refuses unknown options', () => {
    expect(() => trainerOf(model(), { clipnorm: 1 } as object)).toThrow("did you mean 'clipNorm'");
  });
});

it('has gradients for every parameter', () => {
  const own = model(0);
  const { gradient, loss } = lossAndGradient(
    own.parameters(),
    () => translationLoss()(own, makeBatch(corpus, [0, 1]), {}).loss,
  );
  expect(gradient.size).toBe(own.parameterCount());
  tf.dispose([gradient, loss]);
});

const arraysAsLists = (_key: string, value: unknown): unknown =>
  value instanceof Float32Array ? Array.from(value) : value;

describe('calls that overlap', () => {
  it('are errors that say so, and change nothing', async () => {
    const [own, twin] = [model(), model()];
    const before = tf.memory().numTensors;
    const [trainer, expected] = [trainerOf(own), trainerOf(twin)];
    const first = trainer.step();
    const running =
      'Trainer: step() was called while step() is still running; await each call before the next one';
    await expect(trainer.step()).rejects.toThrow(running);
    await expect(trainer.state()).rejects.toThrow(
      'Trainer: state() was called while step() is still running',
    );
    expect(() => trainer.dispose()).toThrow('dispose() was called while step() is still running');
    const state = await expected.state();
    expect(() => trainer.restore(state)).toThrow('restore() was called while step() is still running');
    expect(await first).toEqual(await expected.step());
    expect(await trainer.step()).toEqual(await expected.step());
    expect(trainer.updates).toBe(2);
    expect(await stateDict(own)).toEqual(await stateDict(twin));
    trainer.dispose();
    expected.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  it('are told by a learner of their own, too', async () => {
    const learner = new LocalLearner({ model: model(), loss: translationLoss(0.1), rule: radam() });
    const batch = makeBatch(corpus, [0]);
    await expect(learner.step(0.1, 1)).rejects.toThrow('there is no gradient to step with');
    const first = learner.gradient([batch], randomStream(1));
    await expect(learner.gradient([batch], randomStream(1))).rejects.toThrow(
      'LocalLearner: gradient() was called',
    );
    await expect(learner.step(0.1, 1)).rejects.toThrow('while gradient() is still running');
    await first;
    await learner.step(0.1, 1);
    await expect(learner.step(0.1, 1)).rejects.toThrow('there is no gradient to step with');
    expect(learner.updates).toBe(1);
    await learner.dispose();
  });
});

describe('an update that fails', () => {
  it('is not counted, leaves weights and position, and no tensor', async () => {
    const own = model();
    let broken = true;
    const rule = radam();
    const trainer = trainerOf(own, {
      rule: {
        ...rule,
        coefficients: (update, rate) => {
          if (broken) throw new Error('no such rate');
          return rule.coefficients(update, rate);
        },
      },
    });
    const [weights, tensors] = [await stateDict(own), tf.memory().numTensors];
    await expect(trainer.step()).rejects.toThrow('no such rate');
    expect(tf.memory().numTensors).toBe(tensors);
    expect(trainer.updates).toBe(0);
    expect((await trainer.state()).position).toEqual({ epoch: 0, index: 0 });
    expect(await stateDict(own)).toEqual(weights);
    broken = false;
    expect((await trainer.step()).update).toBe(1);
    trainer.dispose();
  });

  it('in the loss of its second batch leaves no tensor', async () => {
    const [own, lossOf] = [model(), translationLoss(0.1)];
    let call = 0;
    const trainer = trainerOf(own, {
      accumulate: 2,
      loss: (...args) => {
        call += 1;
        if (call === 2) throw new Error('no such batch');
        return lossOf(...args);
      },
    });
    const tensors = tf.memory().numTensors;
    await expect(trainer.step()).rejects.toThrow('no such batch');
    expect(tf.memory().numTensors).toBe(tensors);
    expect((await trainer.step()).update).toBe(1);
    trainer.dispose();
  });
});
