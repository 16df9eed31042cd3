import type * as tf from '@tensorflow/tfjs';

type Numbers = ArrayLike<number>;

/** max |a - b| / scale, by default the largest |b|: the error of a tensor. */
export const maxError = (a: Numbers, b: Numbers, scale: number = largest(b)): number => {
  if (a.length !== b.length) throw new Error(`${a.length} numbers against ${b.length}`);
  let worst = 0;
  for (let i = 0; i < a.length; i++) {
    const difference = Math.abs(a[i]! - b[i]!);
    // NaN must not pass for small.
    if (!(difference <= worst)) worst = difference;
  }
  return worst === 0 ? 0 : worst / scale;
};

export const largest = (numbers: Numbers): number => {
  let most = 0;
  for (let i = 0; i < numbers.length; i++) most = Math.max(most, Math.abs(numbers[i]!));
  return most;
};

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

/** Gaussian-like numbers that depend on the seed alone, rounded to float32 so that both sides see the same. */
export const noise = (count: number, seed: number, scale = 1): number[] =>
  Array.from({ length: count }, (_, i) => {
    const x = Math.sin((i + 1) * 12.9898 + seed * 78.233) * 43758.5453;
    const y = Math.sin((i + 1) * 39.3468 + seed * 11.135) * 24634.6345;
    return Math.fround(scale * 1.7 * (x - Math.floor(x) + (y - Math.floor(y)) - 1));
  });

/** The gradient of a float64 function by central differences. */
export const numericGradient = (f: (x: number[]) => number, at: Numbers, step = 1e-5): number[] =>
  Array.from(at, (value, i) => {
    const x = Array.from(at);
    x[i] = value + step;
    const above = f(x);
    x[i] = value - step;
    return (above - f(x)) / (2 * step);
  });

export const dot = (a: Numbers, b: Numbers): number => {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
};

/** What a test reads of a tensor. */
export const read = (tensor: tf.Tensor): number[] => Array.from(tensor.dataSync());
