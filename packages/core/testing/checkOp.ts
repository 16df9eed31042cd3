import * as tf from '@tensorflow/tfjs';
import { expect } from 'vitest';
import { gradientsOf } from '../src/testing/gradients';
import type { Plain } from '../src/testing/numbers';
import { leftovers } from './backends';
import { dot, maxError, noise, numericGradient, read } from './numbers';

export type Input = Pick<Plain, 'shape' | 'data'>;

export interface OpCheck {
  /** Inputs that have gradients. */
  readonly inputs: readonly Input[];
  readonly op: (...inputs: tf.Tensor[]) => tf.Tensor;
  /** The same function of flat float64 numbers, written from its formula. */
  readonly formula: (...inputs: number[][]) => number[];
  /** The same function of plain tfjs ops, where tfjs's own gradients of them are right. */
  readonly plain?: (...inputs: tf.Tensor[]) => tf.Tensor;
  /** Allowed error of forward and gradients. Default 1e-5. */
  readonly within?: number;
}

/**
 * Forward against the formula; every gradient of sum(weights * y) against central differences of the formula in
 * float64 and, where given, tfjs's own gradient; no tensor left behind by either pass.
 */
export const checkOp = ({ inputs, op, formula, plain, within = 1e-5 }: OpCheck): void => {
  const numbers = inputs.map(({ data }) => [...data]);
  const tensors = inputs.map(({ data, shape }) => tf.tensor([...data], [...shape], 'float32'));
  const expected = formula(...numbers);
  const weights = noise(expected.length, 99);

  const y = op(...tensors);
  expect(maxError(read(y), expected), 'forward').toBeLessThan(within);
  const weightTensor = tf.tensor(weights, y.shape);
  const gradients = gradientsOf(op, tensors, weightTensor);
  const plainGradients = plain ? gradientsOf(plain, tensors, weightTensor) : [];

  for (const [i, input] of numbers.entries()) {
    const loss = (x: number[]): number => dot(formula(...numbers.with(i, x)), weights);
    const found = read(gradients[i]!);
    expect(gradients[i]!.shape, `shape of gradient ${i}`).toEqual(inputs[i]!.shape);
    expect(maxError(found, numericGradient(loss, input)), `gradient ${i}`).toBeLessThan(within);
    if (plain) expect(maxError(found, read(plainGradients[i]!)), `tfjs gradient ${i}`).toBeLessThan(within);
  }

  expect(
    leftovers(() => op(...tensors)),
    'tensors left by forward',
  ).toBe(0);
  expect(
    leftovers(() => gradientsOf(op, tensors, weightTensor)),
    'tensors left by backward',
  ).toBe(0);
  tf.dispose([...tensors, ...gradients, ...plainGradients, y, weightTensor]);
};
