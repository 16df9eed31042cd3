import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { distance, floats, onBackend, onCpu } from '../testing';
import { transposedForm } from './transposedProduct';

describe.each([
  ['direct', [16, 8], [16, 5]],
  ['copied', [64, 1024], [64, 80]],
  ['copied', [96, 200], [96, 260]],
  ['flipped', [32, 2100], [32, 70]],
] as const)('a^T b, %s, of [%j] and [%j]', (form, a, b) => {
  const inputs = { a: floats(a, 1), b: floats(b, 2) };

  it('takes that form', () => {
    expect(transposedForm(a, b)).toBe(form);
  });

  it('agrees with the cpu backend', async () => {
    const product = (t: Record<string, tf.Tensor>): tf.Tensor[] => [tf.matMul(t.a!, t.b!, true, false)];
    const [expected] = await onCpu(inputs, product);
    const [ours] = await onBackend('onnxruntime', inputs, product);
    expect(distance(ours!, expected!)).toBeLessThan(1e-6);
  });
});
