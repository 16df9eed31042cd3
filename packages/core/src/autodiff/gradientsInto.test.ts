import * as tf from '@tensorflow/tfjs';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { noise, read } from '../../testing/numbers';
import { registerReferenceKernels } from '../../testing/referenceKernels';
import { linear } from '../ops/linear';
import { tensorsOver } from '../state/flat';
import { matrixParameter, type NamedParameter, type Parameter } from '../state/module';
import { lossAndGradient, lossAndGradientInto } from './gradients';
import { recompute } from './recompute';

// The contract's kernels in plain loops: they write where they are told to.

type Matrix = Parameter<tf.Rank.R2>;
type Loss = (a: Matrix, b: Matrix) => tf.Tensor;

let undo = (): void => {};
/** How many calls of SteadyLinearGrad were told where to write. */
let told = 0;
beforeAll(() => tf.setBackend('cpu'));
beforeEach(() => {
  told = 0;
  undo = registerReferenceKernels((name, { into }) => {
    if (name === 'SteadyLinearGrad' && into) told += 1;
  });
});
afterEach(() => undo());

const x = (): tf.Tensor2D => tf.tensor2d(noise(6, 1), [2, 3]);

/** linear() as a program may checkpoint it: its gradients are taken anew within those of an op. */
const checkpointed = (rows: tf.Tensor2D, weight: tf.Tensor2D): tf.Tensor2D =>
  tf.customGrad((input, w, save) => {
    (save as tf.GradSaveFunc)([input as tf.Tensor]);
    return {
      value: linear(input as tf.Tensor2D, w as tf.Tensor2D),
      gradFunc: (dy, [kept]) =>
        tf.grads((i, v) => linear(i as tf.Tensor2D, v as tf.Tensor2D))(
          [kept!, w as tf.Tensor],
          dy as tf.Tensor,
        ),
    };
  })(rows, weight) as tf.Tensor2D;

const losses: Readonly<Record<string, [loss: Loss, toldAt: number]>> = {
  'a weight each': [(a, b) => linear(linear(x(), a.value, { activation: 'relu' }), b.value), 2],
  'one weight twice': [(a, b) => linear(linear(linear(x(), a.value), a.value), b.value), 1],
  'a weight that a plain op reads as well': [
    (a, b) => tf.add(linear(linear(x(), a.value), b.value), tf.sum(tf.square(a.value))),
    1,
  ],
  'a weight times itself': [(a, b) => tf.add(linear(a.value, a.value), tf.sum(linear(x(), b.value))), 1],
  'one that the loss does not depend on': [(a) => linear(x(), a.value), 1],
  'a part that is computed again': [
    (a, b) =>
      linear(
        recompute([x()], ([rows]) => linear(rows as tf.Tensor2D, a.value)),
        b.value,
      ),
    2,
  ],
  'a part computed again, of a weight read elsewhere': [
    (a, b) =>
      linear(
        recompute([linear(x(), a.value)], ([rows]) => linear(rows as tf.Tensor2D, a.value)),
        b.value,
      ),
    1,
  ],
};

const weights = (): [Matrix, Matrix, NamedParameter[]] => {
  const [a, b] = [2, 3].map((seed) => matrixParameter(Float32Array.from(noise(9, seed)), 3, 3)) as [
    Matrix,
    Matrix,
  ];
  return [a, b, [a, b].map((parameter, i) => ({ path: `${i}`, parameter }))];
};

describe('lossAndGradientInto', () => {
  it.each(Object.entries(losses))('gives the flat gradient to the bit: %s', (_what, [loss, toldAt]) => {
    const [a, b, named] = weights();
    const scalar = (): tf.Scalar => tf.sum(tf.tanh(loss(a, b)));
    const expected = lossAndGradient(named, scalar);
    const flat = new Float32Array(18).fill(7);
    const into = tensorsOver(flat, named);
    const before = tf.memory().numTensors;
    expect(told).toBe(0);
    lossAndGradientInto(named, scalar, into).dispose();
    expect([...flat]).toEqual(read(expected.gradient));
    expect(told).toBe(toldAt);
    lossAndGradientInto(named, scalar, into, true).dispose();
    expect([...flat]).toEqual(read(expected.gradient).map((each) => 2 * each));
    expect(told).toBe(toldAt);
    expect(tf.memory().numTensors).toBe(before);
    tf.dispose([expected.loss, expected.gradient, ...into]);
    for (const each of [a, b]) each.dispose();
  });

  it('offers nothing to gradients that an op takes anew within its own', () => {
    const [a, b, named] = weights();
    const into = (part: typeof linear): number[] => {
      const flat = new Float32Array(18);
      const slots = tensorsOver(flat, named);
      const loss = (): tf.Scalar => tf.sum(tf.tanh(part(linear(x(), b.value), a.value)));
      lossAndGradientInto(named, loss, slots).dispose();
      tf.dispose(slots);
      return [...flat];
    };
    const plain = into(linear);
    expect(told).toBe(2);
    expect(into(checkpointed as typeof linear)).toEqual(plain);
    expect(told).toBe(3);
    for (const each of [a, b]) each.dispose();
  });
});
