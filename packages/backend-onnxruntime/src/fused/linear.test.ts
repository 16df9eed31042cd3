import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { distance, floats, type Inputs, onCpu, runKernel } from '../testing';

const gelu = (x: tf.Tensor): tf.Tensor =>
  tf.mul(
    tf.mul(0.5, x),
    tf.add(1, tf.tanh(tf.mul(Math.sqrt(2 / Math.PI), tf.add(x, tf.mul(0.044715, tf.mul(x, tf.mul(x, x))))))),
  );

const act = (name: string, x: tf.Tensor): tf.Tensor =>
  name === 'relu' ? tf.relu(x) : name === 'gelu' ? gelu(x) : x;

const sizes = [
  [1, 1, 1],
  [3, 5, 7],
  [33, 64, 48],
  [64, 96, 200],
] as const;

describe('SteadyLinear', () => {
  for (const activation of ['none', 'relu', 'gelu']) {
    for (const withBias of [true, false]) {
      for (const [rows, inner, columns] of sizes) {
        const name = `${activation}, ${withBias ? 'bias' : 'no bias'}, ${rows}x${inner}x${columns}`;
        const inputs: Inputs = {
          x: floats([rows, inner], 1),
          weight: floats([inner, columns], 2),
          ...(withBias ? { bias: floats([columns], 3) } : {}),
        };
        const sum = (t: Record<string, tf.Tensor>): tf.Tensor => {
          const product = tf.matMul(t.x as tf.Tensor2D, t.weight as tf.Tensor2D);
          return t.bias ? tf.add(product, t.bias) : product;
        };

        it(`agrees with plain ops: ${name}`, async () => {
          const expected = await onCpu(inputs, (t) => {
            const pre = sum(t);
            return activation === 'gelu' ? [act(activation, pre), pre] : [act(activation, pre)];
          });
          const received = await runKernel('SteadyLinear', inputs, { activation });
          expect(received).toHaveLength(expected.length);
          for (const [i, plain] of expected.entries())
            expect(distance(received[i]!, plain)).toBeLessThan(2e-6);
        });

        it(`has tfjs's gradients: ${name}`, async () => {
          const dy = floats([rows, columns], 4);
          const names = Object.keys(inputs);
          const expected = await onCpu({ ...inputs, dy }, (t) => {
            const f = (...values: tf.Tensor[]): tf.Tensor =>
              act(activation, sum(Object.fromEntries(names.map((key, i) => [key, values[i]!]))));
            return tf.grads(f)(
              names.map((key) => t[key]!),
              t.dy!,
            );
          });
          const [y, pre] = await runKernel('SteadyLinear', inputs, { activation });
          const saved = activation === 'none' ? {} : { saved: activation === 'relu' ? y! : pre! };
          const { x, weight } = inputs;
          const received = await runKernel(
            'SteadyLinearGrad',
            { dy, x: x!, weight: weight!, ...saved },
            { activation, bias: withBias },
          );
          expect(received).toHaveLength(expected.length);
          for (const [i, plain] of expected.entries())
            expect(distance(received[i]!, plain)).toBeLessThan(3e-6);
        });
      }
    }
  }

  it.each(['none', 'relu', 'gelu'])(
    'has the bias alone where there is nothing to add up: %s',
    async (activation) => {
      const inputs = { x: floats([2, 0]), weight: floats([0, 3]), bias: floats([3], 5) };
      const dy = floats([2, 3], 4);
      const biased = (bias: tf.Tensor): tf.Tensor => act(activation, tf.add(tf.zeros([2, 3]), bias));
      const expected = await onCpu({ ...inputs, dy }, (t) => [
        biased(t.bias!),
        tf.grad(biased)(t.bias!, t.dy!),
      ]);
      const [y, pre] = await runKernel('SteadyLinear', inputs, { activation });
      expect(distance(y!, expected[0]!)).toBeLessThan(2e-6);
      const saved = activation === 'none' ? {} : { saved: activation === 'relu' ? y! : pre! };
      const { x, weight } = inputs;
      const gradients = await runKernel(
        'SteadyLinearGrad',
        { dy, x, weight, ...saved },
        { activation, bias: true },
      );
      expect(gradients.map(({ shape }) => shape)).toEqual([[2, 0], [0, 3], [3]]);
      expect(distance(gradients[2]!, expected[1]!)).toBeLessThan(3e-6);
    },
  );

  it('gives zero gradients for no rows', async () => {
    const inputs = { dy: floats([0, 3]), x: floats([0, 2]), weight: floats([2, 3]) };
    const [dx, dWeight, dBias] = await runKernel('SteadyLinearGrad', inputs, {
      activation: 'none',
      bias: true,
    });
    expect(dx!.shape).toEqual([0, 2]);
    expect(dWeight!.values).toEqual([0, 0, 0, 0, 0, 0]);
    expect(dBias!.values).toEqual([0, 0, 0]);
  });
});
