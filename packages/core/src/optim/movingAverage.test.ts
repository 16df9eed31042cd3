import { readFileSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { leftovers, onBackends } from '../../testing/backends';
import { maxError, read } from '../../testing/numbers';
import { matrixParameter, type NamedParameter, vectorParameter } from '../state/module';
import { MovingAverage } from './movingAverage';
import { Optimizer } from './optimizer';
import { sgd } from './sgd';

// Written by fixtures/make_groups.py: torch.optim.swa_utils.AveragedModel.
const reference = JSON.parse(
  readFileSync(new URL('../../fixtures/optimGroups.json', import.meta.url), 'utf8'),
) as {
  readonly decay: number;
  readonly runs: Readonly<Record<string, { weights: number[][]; averages: number[][] }>>;
};

const parameters = (): NamedParameter[] => [
  { path: 'weight', parameter: matrixParameter(Float32Array.of(1, 2, 3, 4, 5, 6), 2, 3) },
  { path: 'bias', parameter: vectorParameter(Float32Array.of(7, 8)) },
];
const values = (named: readonly NamedParameter[]): number[] =>
  named.flatMap(({ parameter }) => read(parameter.value));
const assign = ({ parameter }: NamedParameter, numbers: readonly number[]): void => {
  const value = tf.tensor([...numbers], [...parameter.shape], 'float32');
  parameter.assign(value);
  value.dispose();
};
const dispose = (named: readonly NamedParameter[]): void => {
  for (const { parameter } of named) parameter.dispose();
};
const step = (optimizer: Optimizer): void => {
  const gradient = tf.ones<tf.Rank.R1>([optimizer.size]);
  optimizer.step(gradient as tf.Tensor1D, 0.1);
  gradient.dispose();
};

onBackends(() => {
  describe('MovingAverage', () => {
    it.each([
      ['average', false],
      ['average-warm', true],
    ] as const)("equals PyTorch's AveragedModel over 20 steps: %s", async (name, warmup) => {
      const { weights, averages } = reference.runs[name]!;
      expect(averages).toHaveLength(20);
      const parameter = vectorParameter(new Float32Array(weights[0]!.length));
      const named = { path: 'p', parameter };
      const average = new MovingAverage([named], { decay: reference.decay, warmup });
      for (const [i, numbers] of weights.entries()) {
        assign(named, numbers);
        average.update();
        const { updates, values: found } = await average.state();
        expect(updates).toBe(i + 1);
        expect(maxError(found, averages[i]!), `update ${i + 1}`).toBeLessThan(1e-6);
      }
      expect(maxError(averages[19]!, weights[19]!)).toBeGreaterThan(1e-3);
      average.dispose();
      parameter.dispose();
    });

    it('takes its place for a while, and gives the weights back to the bit, also where that fails', async () => {
      const named = parameters();
      const optimizer = new Optimizer(named, sgd());
      const average = new MovingAverage(named, { decay: 0.5, warmup: false });
      const start = values(named);
      expect(await average.use(() => values(named))).toEqual(start);
      step(optimizer);
      average.update();
      const first = values(named);
      step(optimizer);
      average.update();
      const before = values(named);
      const inside = await average.use(async () => {
        await Promise.resolve();
        expect(() => average.update()).toThrow('update() was called while use() is still running');
        expect(() => average.dispose()).toThrow('dispose() was called while use() is still running');
        return values(named);
      });
      expect(
        maxError(
          inside,
          before.map((value, i) => (value + first[i]!) / 2),
        ),
      ).toBeLessThan(1e-6);
      expect(inside).not.toEqual(before);
      expect(values(named)).toEqual(before);
      for (const failing of [
        () => average.use(() => Promise.reject(new Error('late'))),
        () =>
          average.use(() => {
            throw new Error('at once');
          }),
      ]) {
        await expect(failing()).rejects.toThrow(/late|at once/u);
        expect(values(named)).toEqual(before);
      }
      // Training goes on from the weights.
      step(optimizer);
      expect(
        maxError(
          values(named),
          before.map((value) => value - 0.1),
        ),
      ).toBeLessThan(1e-6);
      average.dispose();
      optimizer.dispose();
      dispose(named);
    });

    it('goes on from a saved state bit for bit', async () => {
      const [one, two] = [parameters(), parameters()];
      const series = (all: NamedParameter[], average: MovingAverage, from: number, to: number): void => {
        for (let i = from; i < to; i++) {
          for (const each of all)
            assign(
              each,
              Array.from({ length: each.parameter.size }, (_, j) => i ** 2 + j / 3),
            );
          average.update();
        }
      };
      const [whole, first] = [new MovingAverage(one), new MovingAverage(two)];
      series(one, whole, 0, 9);
      series(two, first, 0, 4);
      const state = await first.state();
      const second = new MovingAverage(two);
      second.restore(state);
      series(two, second, 4, 9);
      expect(await second.state()).toEqual(await whole.state());
      expect((await second.state()).updates).toBe(9);
      for (const each of [whole, first, second]) each.dispose();
      for (const each of [one, two]) dispose(each);
    });

    it('leaves no tensors, by updates, by use or once disposed', async () => {
      const named = parameters();
      const before = tf.memory().numTensors;
      const average = new MovingAverage(named);
      const update = (): [] => {
        average.update();
        return [];
      };
      expect(leftovers(update)).toBe(0);
      expect(leftovers(update)).toBe(0);
      const inside = await average.use(() => tf.memory().numTensors);
      expect(tf.memory().numTensors).toBe(before + 1);
      expect(inside).toBeGreaterThan(before);
      average.dispose();
      expect(tf.memory().numTensors).toBe(before);
      dispose(named);
    });
  });
});

describe('mistakes', () => {
  it.each<[unknown, unknown, string]>([
    [[], {}, 'MovingAverage: the model has no parameters'],
    [7, {}, 'MovingAverage parameters: received 7, allowed a list of parameters'],
    [undefined, { decay: 1 }, 'MovingAverage decay: received 1, allowed numbers in [0, 1)'],
    [undefined, { decay: Number.NaN }, 'MovingAverage decay: received NaN'],
    [undefined, { warmup: 10 }, 'MovingAverage warmup: received 10, allowed true, false'],
    [undefined, { dekay: 0.9 }, "MovingAverage: unknown option 'dekay', did you mean 'decay'?"],
  ])('%j %j', (list, options, message) => {
    const named = parameters();
    const before = tf.memory().numTensors;
    expect(() => new MovingAverage((list ?? named) as NamedParameter[], options as object)).toThrow(message);
    expect(tf.memory().numTensors).toBe(before);
    dispose(named);
  });

  it('states of other parameters change nothing', async () => {
    const named = parameters();
    const average = new MovingAverage(named);
    average.update();
    const state = await average.state();
    for (const [bad, message] of [
      [{ updates: 1, values: new Float32Array(3) }, 'state of 3 numbers received, the parameters have 8'],
      [{ updates: -1, values: state.values }, 'state of MovingAverage.restore() updates: received -1'],
      [{ updates: 1, values: [1] }, 'values: received [1], allowed a Float32Array'],
      [null, 'state of MovingAverage.restore(): received null'],
    ] as const) {
      expect(() => average.restore(bad as never)).toThrow(message);
    }
    expect(await average.state()).toEqual(state);
    average.dispose();
    dispose(named);
  });
});
