import { availability } from '@steadyformer/backend-onnxruntime';
import * as tf from '@tensorflow/tfjs';
import { beforeEach, describe, expect, it } from 'vitest';
import { keepsWhatIsHeld } from '../../packages/core/testing/held';
import { maxError } from '../../packages/core/testing/numbers';
import { train } from '../../packages/core/testing/training';

describe('training on onnxruntime', () => {
  beforeEach(({ skip }) => {
    const { available, reason } = availability();
    if (!available) skip(reason);
  });

  it('differs by at most 1e-4 in loss from cpu, and repeats itself to the bit, checkpointing or not', async () => {
    const expected = await train('cpu', 5);
    await tf.setBackend('onnxruntime');
    const found = await train('onnxruntime', 5);
    expect(expected.losses).toHaveLength(20);
    expect(maxError(found.losses, expected.losses, 1)).toBeLessThan(1e-4);
    expect(await train('onnxruntime', 5)).toEqual(found);
    expect(await train('onnxruntime', 5, true)).toEqual(found);
  });
});

describe('an optimizer on onnxruntime', () => {
  beforeEach(async ({ skip }) => {
    const { available, reason } = availability();
    if (!available) skip(reason);
    await tf.setBackend('onnxruntime');
  });
  keepsWhatIsHeld();
});
