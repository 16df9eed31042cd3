import * as tf from '@tensorflow/tfjs';
import { beforeEach, describe, expect, it } from 'vitest';
import { availability, configure, OnnxRuntimeError, runtimeVersion } from './index';
import { ownKernels } from './register';

beforeEach(() => tf.setBackend('onnxruntime'));

const poolMemory = (): { inUse: number; free: number } =>
  (tf.memory() as unknown as { pool: { inUse: number; free: number } }).pool;

describe('the backend', () => {
  it('is what importing the package chooses', () => {
    expect(tf.getBackend()).toBe('onnxruntime');
    expect(availability()).toEqual({ available: true });
    expect(runtimeVersion()).toMatch(/^1\.\d+/);
  });

  it('has every kernel of the cpu backend', () => {
    const ours = new Set(tf.getKernelsForBackend('onnxruntime').map(({ kernelName }) => kernelName));
    for (const { kernelName } of tf.getKernelsForBackend('cpu')) expect(ours).toContain(kernelName);
    for (const name of ownKernels()) expect(ours).toContain(name);
  });

  it('reads synchronously and asynchronously', async () => {
    const x = tf.tidy(() => tf.mul(tf.range(0, 1000), 2));
    expect((await x.data())[999]).toBe(1998);
    expect(x.dataSync()[500]).toBe(1000);
    x.dispose();
  });

  it('never recycles an array that was handed out', () => {
    const x = tf.tidy(() => tf.mul(tf.range(0, 4096), 1));
    const values = x.dataSync();
    x.dispose();
    tf.tidy(() => {
      for (let i = 0; i < 20; i++) tf.add(tf.fill([4096], 7), 1);
    });
    expect(values[4095]).toBe(4095);
  });

  it('keeps data that another tensor shares', () => {
    const [clone, reshaped, sliced] = tf.tidy(() => {
      const x = tf.mul(tf.range(0, 4096), 1);
      return [tf.clone(x), tf.reshape(x, [64, 64]), tf.slice(x, 4000)];
    });
    tf.tidy(() => {
      for (let i = 0; i < 20; i++) tf.add(tf.fill([4096], 7), 1);
    });
    expect([clone.dataSync()[4095], reshaped.dataSync()[63], sliced.dataSync()[1]]).toEqual([4095, 63, 4001]);
    tf.dispose([clone, reshaped, sliced]);
  });

  it('takes tensors of other backends', async () => {
    await tf.setBackend('cpu');
    const x = tf.tensor1d([1, 2, 3]);
    await tf.setBackend('onnxruntime');
    expect(Array.from(tf.tidy(() => tf.add(x, 1)).dataSync())).toEqual([2, 3, 4]);
    x.dispose();
  });

  it('holds strings', () => {
    const text = tf.tensor(['ein', 'Wort']);
    expect(text.dataSync()).toEqual(['ein', 'Wort']);
    text.dispose();
  });

  it('gives all memory back to the pool', () => {
    const before = poolMemory().inUse;
    tf.tidy(() => {
      const x = tf.fill([300, 300], 0.5) as tf.Tensor2D;
      for (let i = 0; i < 5; i++) tf.softmax(tf.matMul(x, x));
    });
    expect(poolMemory().inUse).toBe(before);
    expect(poolMemory().free).toBeGreaterThan(0);
  });

  it('says what to do where memory runs out, and goes on', () => {
    const column = tf.fill([2 ** 20, 1], 1) as tf.Tensor2D;
    expect(() => tf.matMul(column, column, false, true)).toThrow(OnnxRuntimeError);
    expect(() => tf.matMul(column, column, false, true)).toThrow(
      /No memory for a tensor of shape \[1048576,1048576\].*smaller batches/,
    );
    expect(tf.sum(column).dataSync()[0]).toBe(2 ** 20);
    column.dispose();
  });

  it('refuses a shape whose size overflows', () => {
    expect(() => tf.fill([2 ** 30, 2 ** 30, 2 ** 10], 1)).toThrow(/No memory for a tensor/);
  });

  it('holds kernels to their contract before ONNX Runtime sees anything', () => {
    const x = tf.ones([2, 3]);
    const w = tf.ones([4, 5]);
    expect(() => tf.engine().runKernel('SteadyLinear', { x, weight: w }, { activation: 'none' })).toThrow(
      'SteadyLinear weight: received float32 [4,5], allowed float32 [3,any].',
    );
    tf.dispose([x, w]);
  });

  it('cannot be configured once it runs', () => {
    expect(() => configure({ threads: 1 })).toThrow(/already running/);
    expect(() => configure({ thread: 1 } as object)).toThrow(/unknown option 'thread'/);
  });
});
