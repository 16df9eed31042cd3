import { constant, selectBackend, sgd } from '@steadyformer/core';
import {
  type Learner,
  LocalLearner,
  type TokenBatch,
  Trainer,
  translationLoss,
} from '@steadyformer/translate';
import { chooseReplicas, translationReplicas } from '@steadyformer/translate/node';
import * as tf from '@tensorflow/tfjs';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { bundled, common, modelOf, weights } from './team';

let entry: URL;
const backend = await selectBackend('onnxruntime').catch((error: Error) => error);
const skipped = backend instanceof Error;

beforeAll(async () => {
  entry = await bundled('translation');
});

const { batches } = common;

afterEach(() => {
  vi.restoreAllMocks();
});

/** Learners that take so many milliseconds of a clock of their own for a gradient, and what was asked of them. */
const pretended = (milliseconds: Readonly<Record<number, number>>) => {
  const calls: string[] = [];
  let now = 0;
  vi.spyOn(performance, 'now').mockImplementation(() => now);
  const learnerOf = (count: number): Learner<TokenBatch> => {
    const delay = milliseconds[count];
    if (delay === undefined) throw new Error(`no ${count} threads here`);
    const noted = (name: string): void => void calls.push(`${count} ${name}`);
    return {
      updates: 0,
      gradient: async (list) => {
        noted(`gradient of ${list.length}`);
        await new Promise((resolve) => setTimeout(resolve, 1));
        now += delay;
        return { loss: 1, nll: 1, tokens: 100, gradientNorm: 1 };
      },
      step: () => Promise.reject(new Error('the weights change')),
      discard: () => noted('discard'),
      state: () => Promise.reject(new Error('the state is read')),
      restore: () => noted('restore'),
      dispose: async () => noted('dispose'),
    };
  };
  return { calls, learnerOf };
};

describe.skipIf(skipped)('chooseReplicas', () => {
  it('takes the fastest, and of those that are as fast the fewest', async () => {
    const { calls, learnerOf } = pretended({ 1: 60, 2: 20, 4: 50 });
    const found = await chooseReplicas({
      batches,
      learnerOf,
      counts: [1, 2, 4, 2],
      updates: 2,
      accumulate: 3,
    });
    expect(found).toEqual({
      count: 2,
      measured: [
        { count: 1, tokensPerSecond: expect.closeTo(100 / 0.06) },
        { count: 2, tokensPerSecond: expect.closeTo(100 / 0.02) },
        { count: 4, tokensPerSecond: expect.closeTo(100 / 0.05) },
      ],
      reason: '2 replicas, of 1: 1667 tokens/s, 2: 5000 tokens/s, 4: 2000 tokens/s',
    });
    const each = (n: number): string[] => [
      ...Array.from({ length: 3 }, () => [`${n} gradient of 3`, `${n} discard`]).flat(),
      `${n} dispose`,
    ];
    expect(calls).toEqual([1, 2, 4].flatMap(each));
    // A thread more for nothing is not worth its memory.
    const same = await chooseReplicas({
      batches,
      learnerOf: pretended({ 2: 100, 3: 99 }).learnerOf,
      counts: [3, 2],
    });
    expect(same.count).toBe(2);
  });

  it('says what could not be measured, and throws where nothing could', async () => {
    const { learnerOf } = pretended({ 1: 5 });
    const found = await chooseReplicas({ batches, learnerOf, counts: [1, 64], updates: 1 });
    expect(found).toMatchObject({
      count: 1,
      measured: [{ count: 1 }, { count: 64, error: 'no 64 threads here' }],
    });
    expect(found.reason).toContain('64: no 64 threads here');
    await expect(chooseReplicas({ batches, learnerOf, counts: [8, 64] })).rejects.toThrow(
      'chooseReplicas(): no number of replicas could be measured: no 8 threads here',
    );
  });

  it('measures nothing where there is no choice', async () => {
    const { calls, learnerOf } = pretended({ 3: 1 });
    expect(await chooseReplicas({ batches, learnerOf, counts: [3, 3] })).toMatchObject({
      count: 3,
      measured: [],
    });
    expect(calls).toEqual([]);
  });

  it('ends where it is told to, with every learner disposed', async () => {
    const { calls, learnerOf } = pretended({ 1: 20, 2: 20 });
    const stop = new AbortController();
    const choice = chooseReplicas({
      batches,
      learnerOf,
      counts: [1, 2],
      updates: 10_000,
      signal: stop.signal,
    });
    setTimeout(() => stop.abort(new Error('Ctrl-C')), 20);
    await expect(choice).rejects.toThrow('Ctrl-C');
    expect(calls.at(-1)).toBe('1 dispose');
  });

  it('leaves weights, tensors and the run after it as they would have been', async () => {
    const [model, untouched] = [modelOf(0.1), modelOf(0.1)];
    const loss = translationLoss(0.1);
    const [tensors, before] = [tf.memory().numTensors, await weights(model)];
    const learnerOf = (count: number) =>
      count === 1
        ? new LocalLearner({ model, loss, rule: sgd() })
        : translationReplicas({ model, rule: sgd(), count, entry });
    const found = await chooseReplicas({ batches, learnerOf, counts: [1, 2], accumulate: 2 });
    expect([1, 2]).toContain(found.count);
    for (const { tokensPerSecond } of found.measured) expect(tokensPerSecond).toBeGreaterThan(0);
    expect(await weights(model)).toEqual(before);
    expect(tf.memory().numTensors).toBe(tensors);
    const trainers = [model, untouched].map(
      (each) => new Trainer({ batches, schedule: constant(0.02), model: each, loss, rule: sgd() }),
    );
    for (let i = 0; i < 3; i++) {
      const [a, b] = [await trainers[0]!.step(), await trainers[1]!.step()];
      expect(a).toEqual(b);
    }
    for (const trainer of trainers) trainer.dispose();
  });
});
