import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { onBackends } from '../../testing/backends';
import { attention } from '../ops/attention';
import { differentiable } from '../ops/differentiable';
import { gated } from '../ops/gated';
import { layerNorm } from '../ops/layerNorm';
import { linear } from '../ops/linear';
import { checkGradient, type GradientCheck } from './gradients';
import { reals } from './numbers';

/** x^2 y with a gradient of its own, of which one part is off by a factor. */
const squared =
  (factor: number) =>
  (...[x, y]: tf.Tensor[]): tf.Tensor =>
    differentiable(
      [x!, y!],
      (save) => {
        save([x!, y!]);
        return tf.tidy(() => tf.mul(tf.square(x!), y!));
      },
      (dy, [a, b]) => [tf.mul(dy, tf.mul(2, tf.mul(a!, b!))), tf.mul(tf.mul(dy, tf.square(a!)), factor)],
    );
const inputs = [reals([2, 3], 1), reals([2, 3], 2)];

const right: Readonly<Record<string, GradientCheck>> = {
  'x^2 y': { op: squared(1), inputs },
  'linear with gelu': {
    op: (x, w, b) => linear(x!, w as tf.Tensor2D, { bias: b as tf.Tensor1D, activation: 'gelu' }),
    inputs: [reals([1, 2, 3], 1), reals([3, 2], 2), reals([2], 3)],
  },
  layerNorm: {
    op: (x, gain, bias) =>
      layerNorm(x!, { gain: gain as tf.Tensor1D, bias: bias as tf.Tensor1D, epsilon: 1e-5 }),
    inputs: [reals([2, 5], 1), reals([5], 2), reals([5], 3)],
  },
  attention: {
    op: (query) =>
      attention(
        { query: query as tf.Tensor3D },
        { heads: 2, keyValueHeads: 1, scale: 0.7, causal: true, dropoutRate: 0.3, dropoutKey: [1, 2] },
      ),
    inputs: [reals([1, 3, 8], 1)],
  },
  'swish gate': { op: (x) => gated(x!, 'swish'), inputs: [reals([1, 2, 6], 1)], within: 1e-4 },
};

onBackends(() => {
  describe('checkGradient', () => {
    it.each(Object.entries(right))('passes %s', async (_, check) => {
      const before = tf.memory().numTensors;
      await checkGradient(check);
      expect(tf.memory().numTensors).toBe(before);
    });

    it('says which gradient is wrong, by how much, and what is allowed; nothing is left', async () => {
      const before = tf.memory().numTensors;
      await expect(checkGradient({ op: squared(1.01), inputs })).rejects.toThrow(
        /^gradient of input 1: largest error 0\.0(10|099)\d* of the largest number expected, allowed 0\.001; at element \d received /,
      );
      await checkGradient({ op: squared(1.01), inputs, within: 0.02 });
      expect(tf.memory().numTensors).toBe(before);
    });

    it('finds tensors left behind by either pass', async () => {
      const kept: tf.Tensor[] = [];
      const leaking = (x: tf.Tensor | undefined): tf.Tensor => {
        kept.push(tf.keep(tf.ones([1])));
        return tf.square(x!);
      };
      await expect(checkGradient({ op: leaking, inputs: [reals([2], 1)] })).rejects.toThrow(
        'the action left 1 tensors behind',
      );
      tf.dispose(kept);
    });

    it.each<[object, string]>([
      [{ op: tf.square, input: [] }, "checkGradient(): unknown option 'input', did you mean 'inputs'?"],
      [{ op: 3, inputs }, 'checkGradient() op: received 3, allowed a function of tensors'],
      [
        { op: tf.square, inputs: [] },
        'checkGradient() inputs: received [], allowed a list of { shape, data }',
      ],
    ])('refuses %o', async (check, message) => {
      await expect(checkGradient(check as GradientCheck)).rejects.toThrow(message);
    });
  });
});
