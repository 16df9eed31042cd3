import type { FeedForwardActivation } from '@steadyformer/core';
import { type GaussianMoments, gaussianMoments, rectifiedMoments } from './gaussian';

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

/** In its tanh form, as the models have it. */
const gelu = (x: number): number =>
  (x / 2) * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)));

const swish = (x: number): number => x * sigmoid(x);

/** What becomes of the gate, or of the one hidden layer there is. */
const FUNCTIONS: Readonly<Record<FeedForwardActivation, (x: number) => number>> = {
  relu: (x) => Math.max(x, 0),
  gelu,
  swish,
  glu: sigmoid,
  reglu: (x) => Math.max(x, 0),
  geglu: gelu,
  swiglu: swish,
};

/** The names of those known. */
export const ACTIVATIONS: readonly string[] = Object.keys(FUNCTIONS);

/** Whether a hidden unit is the product of an activation and a linear map (Shazeer 2020). */
export const isGated = (activation: FeedForwardActivation): boolean => activation.endsWith('glu');

/** Moments of the activation, before any gate, of features of this power, then squashed where a norm squashes each. */
export const activationMoments = (
  activation: FeedForwardActivation,
  power: number,
  squash?: (x: number) => number,
): GaussianMoments => {
  const f = FUNCTIONS[activation];
  if (squash) return gaussianMoments((x) => squash(f(x)), power);
  return activation === 'relu' || activation === 'reglu'
    ? rectifiedMoments(power)
    : gaussianMoments(f, power);
};
