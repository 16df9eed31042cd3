import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { distance, floats, onBackend, type Plain } from '../testing';
import { onBothKernels } from './testing';

interface Attributes {
  beta1: number;
  beta2: number;
  epsilon: number;
  stepSize: number;
  rootScale: number;
  adaptive: boolean;
  decay: number;
  l2: number;
  gradientScale: number;
}

const base: Attributes = {
  beta1: 0.9,
  beta2: 0.98,
  epsilon: 1e-8,
  stepSize: 0.01,
  rootScale: 1.3,
  adaptive: true,
  decay: 1,
  l2: 0,
  gradientScale: 1,
};

const variants: readonly Partial<Attributes>[] = [
  {},
  { decay: 0.999 },
  { l2: 0.01 },
  { gradientScale: 0.5, l2: 0.01 },
  { adaptive: false, decay: 0.99, gradientScale: 2 },
];

/** The formulas of the contract in double precision, rounded to float32 between steps. */
const steps = (count: number, p: number[], gradients: readonly number[][], a: Attributes): number[][] => {
  const m = p.map(() => 0);
  const v = p.map(() => 0);
  for (let t = 0; t < count; t++) {
    for (let i = 0; i < p.length; i++) {
      const g = a.gradientScale * gradients[t]![i]! + a.l2 * p[i]!;
      m[i] = Math.fround(a.beta1 * m[i]! + (1 - a.beta1) * g);
      v[i] = Math.fround(a.beta2 * v[i]! + (1 - a.beta2) * g * g);
      const root = a.adaptive ? a.rootScale * Math.sqrt(v[i]!) + a.epsilon : 1;
      p[i] = Math.fround(a.decay * p[i]! - (a.stepSize * m[i]!) / root);
    }
  }
  return [p, m, v];
};

onBothKernels(() => {
  describe.each([5, 100_003])('SteadyAdamStep on %i parameters', (size) => {
    it.each(variants)('follows the formulas in place: %o', async (variant) => {
      const attrs = { ...base, ...variant };
      const start = floats([size], 1);
      const gradients = [1, 2, 3].map((seed) => floats([size], 10 + seed));
      const inputs = { p: start, g0: gradients[0]!, g1: gradients[1]!, g2: gradients[2]! };
      const received = await onBackend('onnxruntime', inputs, (t) => {
        // In the heap, where the others are not.
        const m = tf.fill([size], 0);
        const v = tf.zeros([size]);
        for (const gradient of [t.g0!, t.g1!, t.g2!]) {
          const out = tf
            .engine()
            .runKernel('SteadyAdamStep', { parameters: t.p!, gradient, m, v }, { ...attrs }) as tf.Tensor;
          expect(out.shape).toEqual([0]);
        }
        return [t.p!, m, v];
      });
      const expected = steps(
        3,
        start.values.map(Math.fround),
        gradients.map((g) => g.values.map(Math.fround)),
        attrs,
      );
      expected.forEach((values, i) => {
        const plain: Plain = { shape: [size], dtype: 'float32', values };
        expect(distance(received[i]!, plain)).toBeLessThan(1e-6);
      });
      expect(distance(received[0]!, start)).toBeGreaterThan(1e-3);
    });
  });
});
