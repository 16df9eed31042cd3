import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { distance, floats, type Inputs, onCpu, type Plain, runKernel } from '../testing';
import { onBothKernels } from './testing';

const epsilon = 1e-5;

const norm = (x: tf.Tensor, gain: tf.Tensor, bias: tf.Tensor): tf.Tensor[] => {
  const centred = tf.sub(x, tf.mean(x, 1, true));
  const inverse = tf.rsqrt(tf.add(tf.mean(tf.mul(centred, centred), 1, true), epsilon));
  const normalised = tf.mul(centred, inverse);
  return [tf.add(tf.mul(normalised, gain), bias), normalised, inverse];
};

const close = (received: readonly Plain[], expected: readonly Plain[], tolerance: number): void => {
  expect(received).toHaveLength(expected.length);
  for (const [i, plain] of expected.entries()) expect(distance(received[i]!, plain)).toBeLessThan(tolerance);
};

const sizes = [
  [1, 4],
  [5, 7],
  [64, 256],
] as const;

onBothKernels(() => {
  describe.each(sizes)('SteadyLayerNorm, %i rows of %i', (rows, width) => {
    const weights = { gain: floats([width], 2), bias: floats([width], 3) };
    const x = floats([rows, width], 1);
    const dy = floats([rows, width], 4);

    it('normalises as plain ops do', async () => {
      const inputs = { x, ...weights };
      const expected = await onCpu(inputs, (t) => norm(t.x!, t.gain!, t.bias!));
      close(await runKernel('SteadyLayerNorm', inputs, { epsilon }), expected, 3e-6);
    });

    it("has tfjs's gradients", async () => {
      const expected = await onCpu({ x, ...weights, dy }, (t) =>
        tf.grads((a, g, b) => norm(a!, g!, b!)[0]!)([t.x!, t.gain!, t.bias!], t.dy!),
      );
      const [, normalised, inverseDeviation] = await runKernel(
        'SteadyLayerNorm',
        { x, ...weights },
        { epsilon },
      );
      const received = await runKernel(
        'SteadyLayerNormGrad',
        { dy, normalised: normalised!, inverseDeviation: inverseDeviation!, gain: weights.gain },
        {},
      );
      close(received, expected, 2e-5);
    });

    for (const withOmega of [true, false]) {
      const inputs: Inputs = {
        shortcut: x,
        branch: floats([rows, width], 5),
        ...weights,
        ...(withOmega ? { omega: floats([width], 6) } : {}),
      };
      const joined = (t: Record<string, tf.Tensor>): tf.Tensor[] => {
        const scaled = t.omega ? tf.mul(t.shortcut!, t.omega) : t.shortcut!;
        return norm(tf.add(scaled, t.branch!), t.gain!, t.bias!);
      };

      it(`joins shortcut and branch, omega ${withOmega}`, async () => {
        const expected = await onCpu(inputs, joined);
        close(await runKernel('SteadyAddLayerNorm', inputs, { epsilon }), expected, 3e-6);
      });

      it(`has tfjs's gradients of the join, omega ${withOmega}`, async () => {
        const names = ['branch', 'gain', 'bias', 'shortcut', ...(withOmega ? ['omega'] : [])];
        const all = await onCpu({ ...inputs, dy }, (t) =>
          tf.grads((...values) => joined(Object.fromEntries(names.map((key, i) => [key, values[i]!])))[0]!)(
            names.map((key) => t[key]!),
            t.dy!,
          ),
        );
        // Without omega the two summands have the same gradient, which is returned once.
        const expected = withOmega ? all : all.slice(0, 3);
        const [, normalised, inverseDeviation] = await runKernel('SteadyAddLayerNorm', inputs, { epsilon });
        const saved = withOmega ? { shortcut: inputs.shortcut!, omega: inputs.omega! } : {};
        const received = await runKernel(
          'SteadyAddLayerNormGrad',
          { dy, normalised: normalised!, inverseDeviation: inverseDeviation!, gain: weights.gain, ...saved },
          {},
        );
        close(received, expected, 2e-5);
      });
    }
  });

  describe('SteadyLayerNorm at the edges', () => {
    it('keeps its accuracy where the mean is large against the deviation', async () => {
      const base = floats([8, 64], 7);
      const x = { ...base, values: base.values.map((value) => 30 + value) };
      const inputs = { x, gain: floats([64], 2), bias: floats([64], 3) };
      const expected = await onCpu(inputs, (t) => norm(t.x!, t.gain!, t.bias!));
      close(await runKernel('SteadyLayerNorm', inputs, { epsilon }), expected, 3e-4);
    });

    it('takes no rows', async () => {
      const inputs = { x: floats([0, 4]), gain: floats([4]), bias: floats([4]) };
      const [y, , inverse] = await runKernel('SteadyLayerNorm', inputs, { epsilon });
      expect(y!.shape).toEqual([0, 4]);
      expect(inverse!.shape).toEqual([0, 1]);
    });
  });
});
