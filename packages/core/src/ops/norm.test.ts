import * as tf from '@tensorflow/tfjs';
import { afterEach, describe, expect, it } from 'vitest';
import { leftovers, onBackends } from '../../testing/backends';
import { checkOp } from '../../testing/checkOp';
import { noise, read } from '../../testing/numbers';
import { registerReferenceKernels } from '../../testing/referenceKernels';
import { selectBackend } from '../backend/select';
import { l2Norm } from './norm';

onBackends(() => {
  describe('l2Norm', () => {
    it('is the root of the sum of squares, with its gradient', () => {
      checkOp({
        inputs: [{ shape: [7], data: noise(7, 1) }],
        op: (x) => l2Norm(x as tf.Tensor1D),
        formula: (x) => [Math.hypot(...x!)],
      });
    });

    it('leaves nothing behind', () => {
      const x = tf.tensor1d([3, 4]);
      expect(leftovers(() => [l2Norm(x)])).toBe(0);
      x.dispose();
    });
  });
});

describe('l2Norm by a kernel', () => {
  let undo = (): void => {};
  afterEach(() => undo());

  it('is the same, with its gradient', async () => {
    await selectBackend('cpu');
    const called: string[] = [];
    undo = registerReferenceKernels((name) => called.push(name));
    tf.tidy(() => {
      const { value, grad } = tf.valueAndGrad((x) => l2Norm(x as tf.Tensor1D))(tf.tensor1d([3, 0, -4]));
      expect(read(value)).toEqual([5]);
      expect(read(grad).map((each) => Math.fround(each) + 0)).toEqual([0.6, 0, -0.8].map(Math.fround));
    });
    expect(called).toEqual(['SteadyNorm']);
  });
});
