import type * as tf from '@tensorflow/tfjs';

/** `held` are what f depends on beside weights; `again` tells f which of its two runs it is. */
export type Recompute = <T extends tf.Tensor>(
  held: readonly tf.Tensor[],
  f: (held: readonly tf.Tensor[], again: boolean) => T,
) => T;

let current: Recompute | undefined;

/** Runs f, whose gradient the caller takes: what f makes twice is made by `recompute`, which is the caller's. */
export const recomputingBy = <T>(recompute: Recompute, f: () => T): T => {
  const outer = current;
  current = recompute;
  try {
    return f();
  } finally {
    current = outer;
  }
};

/**
 * Runs f and forgets what its backward pass would read: that pass computes f again, from `held` (Chen et al. 2016,
 * "Training deep nets with sublinear memory cost"). What comes back is recorded and gone through as if it had never
 * been forgotten, so gradients are those of the plain pass to the bit, provided that f is a function of `held` and of
 * tensors that live until then, such as weights. Acts where `lossAndGradient` takes the gradient; elsewhere f simply
 * runs.
 */
export const recompute: Recompute = (held, f) => (current ? current(held, f) : f(held, false));
