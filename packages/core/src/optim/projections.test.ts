import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { leftovers, onBackends } from '../../testing/backends';
import { maxError, noise, read } from '../../testing/numbers';
import { unitLength } from '../ops/lengths';
import { matrixParameter, type NamedParameter, vectorParameter } from '../state/module';
import { adam } from './adam';
import { Optimizer } from './optimizer';
import type { ProjectedParameters } from './projections';

const SIZE = 8;
const parameters = (): NamedParameter[] => [
  { path: 'weight', parameter: matrixParameter(Float32Array.from(noise(6, 1)), 2, 3) },
  { path: 'bias', parameter: vectorParameter(Float32Array.from(noise(2, 2))) },
];
const values = (named: readonly NamedParameter[]): number[] =>
  named.flatMap(({ parameter }) => read(parameter.value));

const unit = (named: readonly NamedParameter[]): ProjectedParameters => ({
  name: 'unit rows',
  parameters: named.slice(0, 1),
  project: (value) => unitLength(value, 1),
});

const step = (optimizer: Optimizer, seed: number): void => {
  const gradient = tf.tensor1d(noise(SIZE, seed));
  optimizer.step(gradient, 0.1);
  gradient.dispose();
};

/** Rows of 3 numbers, each divided by its length. */
const normed = (numbers: readonly number[]): number[] =>
  numbers.map(
    (value, i) => value / Math.hypot(...numbers.slice(3 * Math.floor(i / 3), 3 * Math.floor(i / 3) + 3)),
  );

onBackends(() => {
  describe('projections of an Optimizer', () => {
    it('act after every update, on what the update made', () => {
      const [named, plain] = [parameters(), parameters()];
      const optimizer = new Optimizer(named, adam(), { projections: [unit(named)] });
      const reference = new Optimizer(plain, adam());
      step(optimizer, 10);
      step(reference, 10);
      const expected = values(plain);
      expect(maxError(values(named), [...normed(expected.slice(0, 6)), ...expected.slice(6)])).toBeLessThan(
        1e-6,
      );
      step(optimizer, 11);
      for (const row of [0, 3]) expect(Math.hypot(...values(named).slice(row, row + 3))).toBeCloseTo(1, 6);
      expect(optimizer.updates).toBe(2);
      optimizer.dispose();
      reference.dispose();
    });

    it('act once before the first update, and not again on what is restored', async () => {
      const named = parameters();
      const optimizer = new Optimizer(named, adam(), { projections: [unit(named)] });
      const start = values(named);
      optimizer.prepare();
      expect(maxError(values(named).slice(0, 6), normed(start.slice(0, 6)))).toBeLessThan(1e-6);
      step(optimizer, 10);
      const saved = values(named);
      const state = await optimizer.state();
      optimizer.dispose();
      let calls = 0;
      const counted = { ...unit(named), project: (x: tf.Tensor) => unitLength(x, ++calls > 0 ? 1 : 0) };
      const again = new Optimizer(named, adam(), { projections: [counted] });
      again.restore(state);
      again.prepare();
      expect(calls).toBe(0);
      expect(values(named)).toEqual(saved);
      again.dispose();
    });

    it('go on from a saved state bit for bit', async () => {
      const [one, two] = [parameters(), parameters()];
      const whole = new Optimizer(one, adam(), { projections: [unit(one)] });
      for (let i = 0; i < 4; i++) step(whole, i);
      const first = new Optimizer(two, adam(), { projections: [unit(two)] });
      for (let i = 0; i < 2; i++) step(first, i);
      const state = await first.state();
      first.dispose();
      const second = new Optimizer(two, adam(), { projections: [unit(two)] });
      second.restore(state);
      for (let i = 2; i < 4; i++) step(second, i);
      expect(values(two)).toEqual(values(one));
      whole.dispose();
      second.dispose();
    });

    it('leave no tensor behind', () => {
      const named = parameters();
      const optimizer = new Optimizer(named, adam(), { projections: [unit(named)] });
      step(optimizer, 1);
      expect(leftovers(() => [step(optimizer, 2), optimizer.prepare()] as never)).toBe(0);
      optimizer.dispose();
    });

    it('mark parameters as of no use where they fail, and are not reached by an update that is refused', () => {
      const named = parameters();
      let broken = false;
      const project = (value: tf.Tensor): tf.Tensor => (broken ? tf.zeros([1]) : value);
      const optimizer = new Optimizer(named, adam(), {
        projections: [{ name: 'mine', parameters: named.slice(0, 1), project }],
      });
      const before = values(named);
      broken = true;
      const gradient = tf.tensor1d(noise(SIZE, 3));
      expect(() => optimizer.step(gradient, Number.NaN)).toThrow('learning rate of update 1');
      expect(values(named)).toEqual(before);
      const count = tf.memory().numTensors;
      expect(() => optimizer.step(gradient, 0.1)).toThrow(
        "update 1 was made, but not brought back to where it belongs: what the projection 'mine' makes of weight: received",
      );
      expect(tf.memory().numTensors).toBe(count);
      expect(optimizer.updates).toBe(0);
      expect(() => values(named)).toThrow('update 1 was made, but not brought back');
      gradient.dispose();
      optimizer.dispose();
    });
  });
});

describe('mistakes', () => {
  it('are named, and frozen parameters stay', () => {
    const named = parameters();
    const make = (projections: unknown) => () => new Optimizer(named, adam(), { projections } as never);
    expect(make(7)).toThrow('projections: received 7, allowed a list of projections');
    expect(make([{ name: 'x', parameters: named }])).toThrow('projections[0]: missing project');
    expect(make([unit(named), { ...unit(named), name: 'again' }])).toThrow(
      "the parameter 'weight' has two projections, 'unit rows' and 'again'; leave it out of one",
    );
    const optimizer = new Optimizer(named, adam(), {
      projections: [unit(named)],
      groups: [{ parameters: named.slice(0, 1), frozen: true }],
    });
    const before = read(named[0]!.parameter.value);
    optimizer.prepare();
    expect(read(named[0]!.parameter.value)).toEqual(before);
    optimizer.dispose();
  });
});
