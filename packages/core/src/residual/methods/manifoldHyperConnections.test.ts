import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { maxError, noise, read } from '../../../testing/numbers';
import { placeAt } from '../../../testing/places';
import { selectBackend } from '../../backend/select';
import { randomStream } from '../../random/random';
import type { StreamWeightsFactory } from '../../streams/plan';
import { manifoldHyperConnections } from './manifoldHyperConnections';

beforeAll(async () => {
  await selectBackend('cpu');
});

const plan = (index = 0) =>
  manifoldHyperConnections({ streams: 3 }).plan(placeAt({ index })).residual.streams!;
const sums = (rows: readonly (readonly number[])[]): number[] =>
  rows.map((row) => row.reduce((a, b) => a + b, 0));

describe('hyper-connections on the manifold', () => {
  it('start as the record says, for every token', () => {
    const { weights, read: a, carry, write } = plan(1);
    const made = (weights as StreamWeightsFactory).make({ width: 4, streams: 3, random: randomStream(1) });
    const streams = [1, 2, 3].map((seed) => tf.tensor3d(noise(8, seed), [1, 2, 4]));
    const found = tf.tidy(() => {
      const given = made.call(streams);
      return [given.read!, given.carry as tf.Tensor, given.write!].map(read);
    });
    const expected = [a, carry.flat(), write].map((numbers) => [...numbers, ...numbers]);
    for (const [k, numbers] of found.entries()) expect(maxError(numbers, expected[k]!)).toBeLessThan(1e-6);
    tf.dispose(streams);
    made.dispose();
  });

  it('read mostly one stream, and carry doubly stochastic sums near the identity', () => {
    const { read: a, carry, write } = plan(1);
    expect(a).toEqual([0.018, 0.982, 0.018].map((value) => expect.closeTo(value, 3)));
    expect(write).toEqual([1, 1, 1]);
    for (const sum of [...sums(carry), ...sums(carry[0]!.map((_, j) => carry.map((row) => row[j]!)))]) {
      expect(sum).toBeCloseTo(1, 5);
    }
    expect(carry[2]![2]).toBeCloseTo(1 - 2 * Math.exp(-8), 4);
  });

  it('take streams and steps', () => {
    expect(manifoldHyperConnections().options).toEqual({ streams: 4, steps: 20, norm: 'rms' });
    expect(() => manifoldHyperConnections({ steps: 0 })).toThrow(
      'manifoldHyperConnections() steps: received 0',
    );
  });
});
