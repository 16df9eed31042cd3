import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { distance, floats, onCpu, type Plain, runKernel } from '../testing';
import { onBothKernels } from './testing';

const epsilon = 1e-6;

const norm = (x: tf.Tensor, gain: tf.Tensor): tf.Tensor[] => {
  const inverse = tf.rsqrt(tf.add(tf.mean(tf.mul(x, x), 1, true), epsilon));
  const normalised = tf.mul(x, inverse);
  return [tf.mul(normalised, gain), normalised, inverse];
};

const close = (received: readonly Plain[], expected: readonly Plain[], tolerance: number): void => {
  expect(received).toHaveLength(expected.length);
  for (const [i, plain] of expected.entries()) expect(distance(received[i]!, plain)).toBeLessThan(tolerance);
};

onBothKernels(() => {
  describe.each([
    [1, 4],
    [5, 7],
    [64, 256],
  ])('SteadyRmsNorm, %i rows of %i', (rows, width) => {
    const inputs = { x: floats([rows, width], 1), gain: floats([width], 2) };
    const dy = floats([rows, width], 4);

    it('normalises as plain ops do', async () => {
      const expected = await onCpu(inputs, (t) => norm(t.x!, t.gain!));
      close(await runKernel('SteadyRmsNorm', inputs, { epsilon }), expected, 3e-6);
    });

    it("has tfjs's gradients", async () => {
      const expected = await onCpu({ ...inputs, dy }, (t) =>
        tf.grads((a, g) => norm(a!, g!)[0]!)([t.x!, t.gain!], t.dy!),
      );
      const [, normalised, inverseRoot] = await runKernel('SteadyRmsNorm', inputs, { epsilon });
      const given = { dy, normalised: normalised!, inverseRoot: inverseRoot!, gain: inputs.gain };
      close(await runKernel('SteadyRmsNormGrad', given, {}), expected, 2e-5);
    });
  });
});
