import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { onBackends } from '../../testing/backends';
import { maxError } from '../../testing/numbers';
import { groupsOf, made, reference, values } from '../../testing/optimGroups';
import { registerReferenceKernels } from '../../testing/referenceKernels';
import { adam } from './adam';
import { Optimizer } from './optimizer';
import { checkedStretch, type OptimizerShard, within } from './shard';

/** Where P scalars are cut: within a parameter, within a group, and twice in one place. */
const cuts = (size: number): number[] => [0, 5, Math.floor(size / 2), Math.floor(size / 2), size];

/** Shards that fill each other's arrays once all have asked. */
const shards = (): OptimizerShard[] => {
  let asked: { flat: Float32Array; from: number; to: number; done: () => void }[] = [];
  return [0, 1, 2, 3].map((i) => {
    const stretch: OptimizerShard['stretch'] = (size) => ({ from: cuts(size)[i]!, to: cuts(size)[i + 1]! });
    return {
      stretch,
      gather: (flat) =>
        new Promise<void>((done) => {
          asked.push({ flat, ...stretch(flat.length), done });
          if (asked.length < 4) return;
          const all = asked;
          asked = [];
          for (const { flat: own, from, to } of all) {
            for (const other of all) other.flat.set(own.subarray(from, to), from);
          }
          for (const each of all) each.done();
        }),
    };
  });
};

const optionsOf = (all: ReturnType<typeof made>) => ({
  groups: groupsOf(0.1)(all),
  projections: [
    // Of the whole of a parameter, which no shard has by itself.
    {
      name: 'unit norm',
      parameters: all.filter(({ path }) => path === 'first'),
      project: (value: tf.Tensor) => tf.div(value, tf.norm(value)),
    },
  ],
});

const updatesTogether = (): void => {
  it('updates in shards as one optimizer does, and tells the whole state', async () => {
    const before = tf.memory().numTensors;
    const one = made();
    const alone = new Optimizer(one, adam({ weightDecay: 0.1 }), optionsOf(one));
    const team = shards().map((shard) => {
      const all = made();
      return { all, optimizer: new Optimizer(all, adam({ weightDecay: 0.1 }), { ...optionsOf(all), shard }) };
    });
    const kept = alone.trained.map(({ path }) => path);
    const trainedOf = (gradient: readonly number[]): tf.Tensor1D => {
      let from = 0;
      const parts = one.flatMap(({ path, parameter }) => {
        const part = gradient.slice(from, from + parameter.size);
        from += parameter.size;
        return kept.includes(path) ? part : [];
      });
      return tf.tensor1d(parts);
    };
    for (const numbers of reference.gradients.slice(0, 5)) {
      const gradient = trainedOf(numbers);
      for (const each of [alone, ...team.map(({ optimizer }) => optimizer)]) each.prepare();
      alone.step(gradient, 0.02, 0.5);
      await Promise.all(
        team.map(async ({ optimizer }) => {
          const flat = optimizer.flatGradient(gradient);
          const { from, to } = optimizer.stretch;
          const own = tf.slice1d(flat, from, to - from);
          await optimizer.stepShard(own, 0.02, 0.5);
          tf.dispose([flat, own]);
        }),
      );
      gradient.dispose();
      for (const { all } of team) expect(maxError(values(all), values(one))).toBeLessThan(1e-6);
    }
    expect(maxError(values(one), Object.values(reference.start).flat())).toBeGreaterThan(1e-2);
    const whole = await alone.state();
    const states = await Promise.all(team.map(({ optimizer }) => optimizer.state()));
    for (const { updates, m, v } of states) {
      expect(updates).toBe(5);
      expect(maxError([...m], [...whole.m])).toBeLessThan(1e-6);
      expect(maxError([...v], [...whole.v])).toBeLessThan(1e-6);
    }
    // Each takes its part of a state.
    for (const { optimizer } of team) {
      optimizer.restore({ ...whole, m: whole.m.map((x) => 2 * x), updates: 7 });
    }
    const [again] = await Promise.all(team.map(({ optimizer }) => optimizer.state()));
    expect(again!.updates).toBe(7);
    const fixed = one.findIndex(({ path }) => path === 'fixed');
    expect(fixed).toBeGreaterThan(0);
    expect(maxError([...again!.m], [...whole.m.map((x) => 2 * x)])).toBeLessThan(1e-6);
    for (const { optimizer } of team) optimizer.dispose();
    alone.dispose();
    for (const { parameter } of [...one, ...team.flatMap(({ all }) => all)]) parameter.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });
};

onBackends(() => {
  updatesTogether();

  it('refuses a whole gradient, one of another size, and a stretch that is none', async () => {
    const all = made();
    const [shard] = shards();
    const optimizer = new Optimizer(all, adam(), { shard: shard! });
    const gradient = tf.zeros<tf.Rank.R1>([optimizer.size]);
    expect(() => optimizer.step(gradient, 0.1)).toThrow('use stepShard()');
    await expect(optimizer.stepShard(gradient, 0.1)).rejects.toThrow(
      'size of the gradient of Optimizer.stepShard: received',
    );
    const wrong = { ...shard!, stretch: () => ({ from: 3, to: 2 }) };
    expect(() => new Optimizer(all, adam(), { shard: wrong })).toThrow(
      'stretch of an Optimizer shard: received [3, 2], allowed whole numbers from 0 to',
    );
    expect(() => new Optimizer(all, adam(), { shard: {} as never })).toThrow(
      'shard: received {}, allowed { stretch, gather }: two functions',
    );
    optimizer.dispose();
    gradient.dispose();
    for (const { parameter } of all) parameter.dispose();
  });
});

describe('with kernels in place', () => {
  beforeAll(async () => {
    await tf.setBackend('cpu');
    return registerReferenceKernels();
  });
  updatesTogether();
});

it('cuts what is done to flat arrays', () => {
  const attrs = {} as never;
  const steps = [
    { from: 0, to: 10, attrs },
    { from: 10, to: 12, attrs },
    { from: 12, to: 20, attrs },
  ];
  const cut = within(steps, { from: 8, to: 12 });
  expect(cut.map(({ from, to }) => [from, to])).toEqual([
    [0, 2],
    [2, 4],
  ]);
  expect(within(steps, { from: 5, to: 5 })).toEqual([]);
  expect(checkedStretch(undefined, 9)).toEqual({ from: 0, to: 9 });
});
