import type * as tf from '@tensorflow/tfjs';

export { numericGradient } from '../src/testing/gradients';
export { dot, largest, maxError, noise } from '../src/testing/numbers';

type Numbers = ArrayLike<number>;

export const mean = (numbers: Numbers): number => {
  let sum = 0;
  for (let i = 0; i < numbers.length; i++) sum += numbers[i]!;
  return sum / numbers.length;
};

/** Population variance. */
export const variance = (numbers: Numbers): number => {
  const centre = mean(numbers);
  let sum = 0;
  for (let i = 0; i < numbers.length; i++) sum += (numbers[i]! - centre) ** 2;
  return sum / numbers.length;
};

/** What a test reads of a tensor. */
export const read = (tensor: tf.Tensor): number[] => Array.from(tensor.dataSync());
