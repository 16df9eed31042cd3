import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { leftovers, onBackends } from '../../testing/backends';
import { noise, read } from '../../testing/numbers';
import { matrixParameter, type NamedParameter, vectorParameter } from '../state/module';
import { adam } from './adam';
import { Optimizer } from './optimizer';

const SIZE = 8;
const parameters = (): NamedParameter[] => [
  { path: 'weight', parameter: matrixParameter(Float32Array.from(noise(6, 1)), 2, 3) },
  { path: 'bias', parameter: vectorParameter(Float32Array.from(noise(2, 2))) },
];
const values = (named: readonly NamedParameter[]): number[] =>
  named.flatMap(({ parameter }) => read(parameter.value));

const steps = (optimizer: Optimizer, from: number, to: number): void => {
  for (let step = from; step < to; step++) {
    const gradient = tf.tensor1d(noise(SIZE, 10 + step));
    optimizer.step(gradient, 0.01);
    gradient.dispose();
  }
};

onBackends(() => {
  describe('Optimizer', () => {
    it('goes on from a saved state bit for bit', async () => {
      const [one, two] = [parameters(), parameters()];
      const whole = new Optimizer(one, adam());
      steps(whole, 0, 6);

      const first = new Optimizer(two, adam());
      steps(first, 0, 3);
      const state = await first.state();
      expect(state.updates).toBe(3);
      expect(state.m.length).toBe(SIZE);
      first.dispose();
      const second = new Optimizer(two, adam());
      second.restore(state);
      expect(second.updates).toBe(3);
      steps(second, 3, 6);

      expect(values(two)).toEqual(values(one));
      expect(values(one)).not.toEqual(values(parameters()));
      whole.dispose();
      second.dispose();
    });

    it('sees values assigned between steps', () => {
      const named = parameters();
      const optimizer = new Optimizer(named, adam());
      steps(optimizer, 0, 1);
      const fresh = tf.zeros<tf.Rank.R1>([2]);
      named[1]!.parameter.assign(fresh);
      steps(optimizer, 1, 2);
      for (const value of read(named[1]!.parameter.value)) expect(Math.abs(value)).toBeLessThan(0.02);
      tf.dispose(fresh);
      optimizer.dispose();
    });

    it('changes nothing that was read or cloned before a step', async () => {
      const named = parameters();
      const optimizer = new Optimizer(named, adam());
      steps(optimizer, 0, 1);
      const value = named[0]!.parameter.value;
      const before = Array.from(value.dataSync());
      const [now, later] = [value.dataSync(), await value.data()];
      const clones = tf.tidy(() => [
        tf.clone(value),
        tf.reshape(value, [6]),
        tf.clone(named[0]!.parameter.variable),
      ]);
      steps(optimizer, 1, 3);
      for (const kept of [now, later, ...clones.map((clone) => clone.dataSync())]) {
        expect(Array.from(kept)).toEqual(before);
      }
      expect(read(value)).not.toEqual(before);
      // A clone that is assigned back counts as the value it had.
      named[0]!.parameter.assign(clones[0] as tf.Tensor2D);
      expect(read(value)).toEqual(before);
      steps(optimizer, 3, 4);
      expect(read(clones[0]!)).toEqual(before);
      expect(read(value)).not.toEqual(before);
      tf.dispose(clones);
      optimizer.dispose();
    });

    it('leaves no tensors, by steps or once disposed', () => {
      const named = parameters();
      const before = tf.memory().numTensors;
      const optimizer = new Optimizer(named, adam());
      const gradient = tf.tensor1d(noise(SIZE, 3));
      expect(
        leftovers(() => {
          optimizer.step(gradient, 0.01);
          return [];
        }),
      ).toBe(0);
      gradient.dispose();
      optimizer.dispose();
      expect(tf.memory().numTensors).toBe(before);
    });

    it('refuses gradients and states of another size', () => {
      const optimizer = new Optimizer(parameters(), adam());
      const gradient = tf.zeros<tf.Rank.R1>([3]);
      expect(() => optimizer.step(gradient as tf.Tensor1D, 1)).toThrow('gradient of 3 numbers received');
      expect(optimizer.updates).toBe(0);
      const short = new Float32Array(3);
      expect(() => optimizer.restore({ updates: 1, m: short, v: short })).toThrow('state of 3 and 3 numbers');
      expect(() => new Optimizer([], adam())).toThrow('no parameters to train');
      tf.dispose(gradient);
      optimizer.dispose();
    });
  });
});
