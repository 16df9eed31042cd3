import * as tf from '@tensorflow/tfjs';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { groupsOf, made } from '../../testing/optimGroups';
import { registerReferenceKernels } from '../../testing/referenceKernels';
import { adam } from '../optim/adam';
import { Optimizer } from '../optim/optimizer';

import type { Between } from '../optim/shard';
import { extentsOf } from '../state/flat';
import type { NamedParameter } from '../state/module';
import { JointGradient } from './jointGradient';

beforeAll(() => tf.setBackend('cpu'));

/** Another machine that has the same gradients and all but the first three weights, and what it was told of an array. */
const beside = (begins: boolean) => {
  const calls: string[] = [];
  /** What an array held in the places that were said to be ready, when they were. */
  const sent: { from: number; to: number; values: Float32Array }[] = [];
  const between: Between = {
    stretch: () => ({ from: 0, to: 3 }),
    gather: async () => {},
    reduce: async (gradient, sums) => {
      calls.push('reduce');
      for (const { from, values } of sent)
        expect(gradient.subarray(from, from + values.length)).toEqual(values);
      for (let i = 0; i < 3; i++) gradient[i]! *= 2;
      return { sums, squares: gradient.reduce((sum, x) => sum + x * x, 0) };
    },
    ...(begins
      ? {
          begin: async (gradient: Float32Array) => {
            calls.push('begin');
            return {
              ready: ({ from, to }: { from: number; to: number }) => {
                calls.push('ready');
                sent.push({ from, to, values: gradient.slice(from, to) });
              },
              goOn: () => {},
              abandon: async () => calls.push('abandon'),
            };
          },
        }
      : {}),
  };
  return { between, calls, sent };
};

const of = (all: readonly NamedParameter[], between: Between) => {
  const optimizer = new Optimizer(all, adam(), { groups: groupsOf(0.1)(all), shard: between });
  return { optimizer, joint: new JointGradient(optimizer, between) };
};

/** Its gradient is the parameters' values, but for the first trained one, on which it does not depend. */
const lossOf = (trained: readonly NamedParameter[]) => (): tf.Scalar =>
  tf.addN(trained.slice(1).map(({ parameter }) => tf.sum(tf.square(parameter.value)).mul(0.5))) as tf.Scalar;

describe.each([
  ['apart', false, false],
  ['in place', true, false],
  ['in place, sent meanwhile', true, true],
] as const)('a gradient that is computed %s', (_name, kernels, begins) => {
  let undo = (): void => {};
  beforeEach(() => {
    if (kernels) undo = registerReferenceKernels();
  });
  afterEach(() => {
    undo();
    undo = () => {};
  });

  it('adds up the losses of an update, in the flat order, and starts anew with the next', async () => {
    const all = made();
    const before = tf.memory().numTensors;
    const { between, calls, sent } = beside(begins);
    const { optimizer, joint } = of(all, between);
    const { flat, trained, size } = optimizer;
    const expected = new Float32Array(size);
    for (const [i, { from }] of extentsOf(flat).entries()) {
      const { parameter } = flat[i]!;
      if (flat[i] !== trained[0]) expected.set(await parameter.value.data<'float32'>(), from);
    }
    for (const losses of [1, 3, 0, 2]) {
      sent.length = 0;
      for (let i = 0; i < losses; i++) (await joint.add(lossOf(trained), i === losses - 1)).dispose();
      const { stretch, sums, squares } = await joint.join({ tokens: losses });
      const times = (x: number, i: number): number => losses * x * (i < 3 ? 2 : 1);
      expect([...stretch.dataSync()]).toEqual([...expected.map(times).slice(0, 3)]);
      expect(sums).toEqual({ tokens: losses });
      const norm = expected.map(times).reduce((sum, x) => sum + x * x, 0);
      expect(Math.abs(squares - norm)).toBeLessThanOrEqual(1e-5 * norm);
      stretch.dispose();
      // All but the one that the loss does not depend on, once each, in whatever order.
      const told = sent.map(({ from, to }) => `${from} ${to}`).sort();
      const wanted = extentsOf(flat)
        .filter((_, i) => flat[i] !== trained[0])
        .map(({ from, to }) => `${from} ${to}`);
      expect(told).toEqual(begins && losses > 0 ? wanted.sort() : []);
    }
    expect(calls.filter((each) => each === 'reduce')).toHaveLength(4);
    expect(calls.filter((each) => each === 'begin')).toHaveLength(begins ? 3 : 0);
    joint.dispose();
    optimizer.dispose();
    expect(tf.memory().numTensors).toBe(before);
    for (const { parameter } of all) parameter.dispose();
  });

  it('gives up what a loss that fails has begun', async () => {
    const all = made();
    const before = tf.memory().numTensors;
    const { between, calls } = beside(begins);
    const { optimizer, joint } = of(all, between);
    const loss = lossOf(optimizer.trained);
    (await joint.add(loss, false)).dispose();
    const failing = joint.add(() => {
      throw new Error('no loss');
    }, true);
    await expect(failing).rejects.toThrow('no loss');
    joint.clear();
    expect(calls).toEqual(begins ? ['begin', 'abandon'] : []);
    // What had been added is gone.
    const { stretch, squares } = await joint.join({});
    expect([...stretch.dataSync(), squares]).toEqual([0, 0, 0, 0]);
    stretch.dispose();
    joint.dispose();
    optimizer.dispose();
    expect(tf.memory().numTensors).toBe(before);
    for (const { parameter } of all) parameter.dispose();
  });
});
