import * as tf from '@tensorflow/tfjs';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { registerReferenceKernels } from '../../testing/referenceKernels';
import { KERNEL_GROUPS } from '../backend/contract';
import { selectBackend } from '../backend/select';
import { kernelCases } from './kernelCases';

// The conformance, passed by the reference kernels in plain loops.

let undo = (): void => {};
beforeAll(() => selectBackend('cpu'));
afterEach(() => {
  undo();
  undo = () => {};
});

describe('the reference kernels', () => {
  const names = (): string[] => {
    const gone = registerReferenceKernels();
    const all = kernelCases('cpu').map(({ name }) => name);
    gone();
    return all;
  };

  it.each(names())('%s', async (name) => {
    undo = registerReferenceKernels();
    const tensors = tf.memory().numTensors;
    await kernelCases('cpu')
      .find((each) => each.name === name)!
      .run();
    expect(tf.memory().numTensors).toBe(tensors);
  });
});

describe('kernelCases', () => {
  it('has cases of every kernel that is registered, and of no other', () => {
    expect(kernelCases('cpu')).toEqual([]);
    undo = registerReferenceKernels(() => {}, ['SteadyDropout', 'SteadyEmbeddingGrad']);
    const kernels = new Set(kernelCases('cpu').map(({ kernel }) => kernel));
    expect([...kernels].sort()).toEqual(['SteadyDropout', 'SteadyEmbeddingGrad']);
    undo();
    undo = registerReferenceKernels();
    expect(new Set(kernelCases('cpu').map(({ kernel }) => kernel))).toEqual(new Set(KERNEL_GROUPS.flat()));
    const names = kernelCases('cpu').map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
  });

  it('fails where one of a group is missing', async () => {
    undo = registerReferenceKernels(() => {}, ['SteadyAttention']);
    const [group] = kernelCases('cpu');
    expect(group!.name).toBe('SteadyAttention, SteadyAttentionGrad: registered together');
    await expect(group!.run()).rejects.toThrow(
      "backend 'cpu' registers SteadyAttention without SteadyAttentionGrad",
    );
  });

  it('needs a backend that is registered', () => {
    expect(() => kernelCases('mine')).toThrow(
      "kernelCases(): received 'mine', allowed the name of a backend that is registered with tfjs. Import its package first.",
    );
  });
});
