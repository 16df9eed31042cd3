import type * as tf from '@tensorflow/tfjs';

/** Memory that gradients may be written to, by the id of the tensor that one is the gradient of. */
export type Slots = ReadonlyMap<number, tf.Tensor>;

let offered: Slots | undefined;

/** Runs f, the backward pass of an op, which may write gradients to these slots. */
export const offering = <T>(slots: Slots, f: () => T): T => {
  const outer = offered;
  offered = slots;
  try {
    return f();
  } finally {
    offered = outer;
  }
};

/**
 * Asked in an op's forward pass: what tells its backward pass where the gradient of a tensor may be written. An op that
 * writes it there gives an empty tensor [0] in its place. An op that runs within another's backward pass is told nothing:
 * what is offered there is not for its gradient.
 */
export const slotOf = ({ id }: tf.Tensor): (() => tf.Tensor | undefined) =>
  offered ? () => undefined : () => offered?.get(id);
