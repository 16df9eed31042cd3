import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { distance, floats, onBackend, onCpu } from '../testing';

describe('matMul', () => {
  // tfjs's cpu backend leaves out part of such a result, so the expectation is tiled by hand.
  it('broadcasts both stacks at once', async () => {
    const inputs = { a: floats([2, 1, 4, 6], 1), b: floats([1, 3, 6, 5], 2) };
    const [ours] = await onBackend('onnxruntime', inputs, (t) => [tf.matMul(t.a!, t.b!)]);
    const [tiled] = await onCpu(inputs, (t) => [
      tf.matMul(tf.tile(t.a!, [1, 3, 1, 1]), tf.tile(t.b!, [2, 1, 1, 1])),
    ]);
    expect(ours!.shape).toEqual([2, 3, 4, 5]);
    expect(distance(ours!, tiled!)).toBeLessThan(1e-6);
  });

  it('multiplies large matrices on all threads as on one', async () => {
    const inputs = { a: floats([130, 257], 1), b: floats([257, 300], 2) };
    const product = (t: Record<string, tf.Tensor>): tf.Tensor[] => [
      tf.matMul(t.a!, t.b!),
      tf.matMul(tf.transpose(t.a!), t.b!, true),
      tf.matMul(t.a!, tf.transpose(t.b!), false, true),
    ];
    const expected = await onCpu(inputs, product);
    for (const [i, ours] of (await onBackend('onnxruntime', inputs, product)).entries()) {
      expect(distance(ours, expected[i]!)).toBeLessThan(1e-6);
    }
  });

  it('refuses shapes that do not fit', async () => {
    await tf.setBackend('onnxruntime');
    expect(() => tf.tidy(() => tf.matMul(tf.ones([2, 3]), tf.ones([4, 5])))).toThrow(
      /inner shapes \(3\) and \(4\)/,
    );
  });
});
