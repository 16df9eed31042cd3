import '@steadyformer/backend-onnxruntime';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { KERNELS_WITH_PRODUCTS } from './kernelNames';

describe('kernels with products', () => {
  it.each([...KERNELS_WITH_PRODUCTS])('%s is a kernel of our backend', (name) => {
    expect(tf.getKernel(name, 'onnxruntime')).toBeDefined();
  });

  it('are all fused kernels that multiply matrices', () => {
    const fused = tf
      .getKernelsForBackend('onnxruntime')
      .map(({ kernelName }) => kernelName)
      .filter((name) => /^Steady.*(Linear|Attention|Unembed|FeedForward)/.test(name));
    expect(fused.filter((name) => !KERNELS_WITH_PRODUCTS.has(name))).toEqual([]);
  });
});
