import { randomStream, selectBackend } from '@steadyformer/core';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { SingularValues } from './singularValues';

beforeAll(async () => {
  await selectBackend('wasm');
});

const [M, N] = [12, 9];

/** The largest singular value: thousands of steps of the Gram matrix in doubles. */
const exact = (w: ArrayLike<number>): number => {
  let v = Array.from({ length: N }, (_, j) => 1 + 0.1 * j);
  let value = 0;
  for (let i = 0; i < 5000; i++) {
    const u = Array.from({ length: M }, (_, r) => v.reduce((sum, x, j) => sum + x * w[r * N + j]!, 0));
    const next = v.map((_, j) => u.reduce((sum, x, r) => sum + x * w[r * N + j]!, 0));
    const length = Math.hypot(...next);
    value = Math.sqrt(length);
    v = next.map((x) => x / length);
  }
  return value;
};

describe('SingularValues', () => {
  it('come to the exact ones from below, closer with each look, and leave no tensor', async () => {
    const weights = randomStream(3).normal(M * N);
    const value = tf.tensor3d(weights, [3, 4, N]);
    const largest = exact(weights);
    const values = new SingularValues();
    const before = tf.memory().numTensors;
    const looks: number[] = [];
    for (let i = 0; i < 12; i++) looks.push((await values.read([{ path: 'w', value }]))[0]!);
    expect(tf.memory().numTensors).toBe(before);
    expect(Math.abs(looks[0]! / largest - 1)).toBeLessThan(0.05);
    for (let i = 1; i < looks.length; i++) expect(looks[i]! - looks[i - 1]!).toBeGreaterThan(-1e-5);
    expect(looks.at(-1)! / largest).toBeCloseTo(1, 4);
    // Without the kept vector a look begins where the first did.
    const [cold] = await new SingularValues().read([{ path: 'w', value }]);
    expect(cold).toBe(looks[0]);
    expect(looks[11]! - looks[0]!).toBeGreaterThan(0);
    value.dispose();
  });

  it('take several matrices at once, and recover from one of zeros', async () => {
    const diagonal = tf.tensor2d([2, 0, 0, 0, 5, 0], [2, 3]);
    const zeros = tf.zeros<tf.Rank.R2>([2, 2]);
    const values = new SingularValues();
    const matrices = [
      { path: 'zeros', value: zeros as tf.Tensor },
      { path: 'diagonal', value: diagonal },
    ];
    expect((await values.read(matrices)).map((x) => Number(x.toFixed(4)))).toEqual([0, 5]);
    const ones = tf.ones([2, 2]);
    const [later] = await values.read([{ path: 'zeros', value: ones }]);
    expect(later).toBeCloseTo(2, 4);
    tf.dispose([diagonal, zeros, ones]);
  });
});
