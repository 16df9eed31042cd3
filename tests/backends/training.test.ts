import { availability as onnxruntime } from '@steadyformer/backend-onnxruntime';
import { availability as tensorflow } from '@steadyformer/backend-tensorflow';
import * as tf from '@tensorflow/tfjs';
import { beforeEach, describe, expect, it } from 'vitest';
import { keepsWhatIsHeld } from '../../packages/core/testing/held';
import { maxError } from '../../packages/core/testing/numbers';
import { train } from '../../packages/core/testing/training';

const available = { onnxruntime, tensorflow };

describe.each(['onnxruntime', 'tensorflow'] as const)('on %s', (backend) => {
  beforeEach(({ skip }) => {
    const state = available[backend]();
    if (!state.available) skip(state.reason);
  });

  it('training differs by at most 1e-4 in loss from cpu, and repeats itself to the bit, checkpointing or not', async () => {
    const expected = await train('cpu', 5);
    await tf.setBackend(backend);
    const found = await train(backend, 5);
    expect(expected.losses).toHaveLength(20);
    expect(maxError(found.losses, expected.losses, 1)).toBeLessThan(1e-4);
    expect(await train(backend, 5)).toEqual(found);
    expect(await train(backend, 5, true)).toEqual(found);
  }, 120_000);

  describe('an optimizer', () => {
    beforeEach(async () => {
      await tf.setBackend(backend);
    });
    keepsWhatIsHeld();
  });
});
