import * as tf from '@tensorflow/tfjs';

/** Keeps tensors for the backward pass; they arrive there in the same order. */
export type Save = (tensors: tf.Tensor[]) => void;

/**
 * An op with a hand-derived gradient: `tf.customGrad` with types. `backward` returns one gradient for every
 * input, in order, and reads tensors only from `saved`: others may be gone by then.
 */
export const differentiable = <T extends tf.Tensor>(
  inputs: readonly tf.Tensor[],
  forward: (save: Save) => T,
  backward: (dy: T, saved: tf.Tensor[]) => tf.Tensor[],
): T => {
  const op = tf.customGrad((...args) => {
    const save = args.at(-1) as tf.GradSaveFunc;
    return { value: forward(save), gradFunc: backward };
  });
  return op(...inputs) as T;
};
