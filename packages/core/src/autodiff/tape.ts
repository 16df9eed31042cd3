import * as tf from '@tensorflow/tfjs';
import { forget, record, type TapeNode } from './recording';

export interface ValueAndGradients {
  readonly value: tf.Scalar;
  /** One a variable, in order; undefined where the value does not depend on it. */
  readonly gradients: readonly (tf.Tensor | undefined)[];
}

/** Gradients by the id of their tensor. */
type Gradients = Map<number, tf.Tensor>;

/**
 * The value of f and its gradients, as `tf.variableGrads` gives them, with the backward pass freeing every saved
 * tensor and every gradient as soon as it is used up: tfjs keeps them all to the end. Call inside a tidy.
 * Undefined where this tfjs does not record as 4.22 does, or where another gradient is being taken around it.
 */
export const recordedGradients = (
  f: () => tf.Scalar,
  variables: readonly tf.Variable[],
): ValueAndGradients | undefined => {
  const recording = record(f);
  if (!recording) return undefined;
  const { value, tape } = recording;
  const gradients: Gradients = new Map([[value.id, tf.onesLike(value)]]);
  const wanted = new Set(variables.map(({ id }) => id));
  try {
    backward(tape, connecting(tape, wanted, value), gradients, wanted);
  } catch (error) {
    forget(tape);
    throw error;
  }
  return { value, gradients: variables.map(({ id }) => gradients.get(id)) };
};

/** Passes the gradients of the tape's results on to what it read, and frees all but the wanted ones. */
const backward = (
  tape: readonly TapeNode[],
  live: ReadonlySet<number>,
  gradients: Gradients,
  wanted: ReadonlySet<number>,
): void => {
  for (const node of tape.toReversed()) {
    if (node.outputs.some(({ id }) => live.has(id) && gradients.has(id))) {
      if (node.replay) backwardAnew(node, node.replay, live, gradients, wanted);
      else passThrough(node, gradients, live);
    }
    for (const { id } of node.outputs) {
      if (wanted.has(id)) continue;
      gradients.get(id)?.dispose();
      gradients.delete(id);
    }
    forget([node]);
  }
};

/** Records the node's ops again and goes through them as if they had been on the tape all along. */
const backwardAnew = (
  { outputs: [output] }: TapeNode,
  replay: NonNullable<TapeNode['replay']>,
  live: ReadonlySet<number>,
  gradients: Gradients,
  wanted: ReadonlySet<number>,
): void => {
  const { value, tape } = replay();
  value.dispose();
  gradients.set(value.id, gradients.get(output!.id)!);
  gradients.delete(output!.id);
  try {
    backward(tape, connecting(tape, live, value), gradients, wanted);
  } catch (error) {
    forget(tape);
    throw error;
  }
};

/** Ids of the tensors that depend on those of `sources` and that the value depends on. */
const connecting = (
  tape: readonly TapeNode[],
  sources: ReadonlySet<number>,
  value: tf.Tensor,
): ReadonlySet<number> => {
  const from = new Set(sources);
  for (const { inputs, outputs } of tape) {
    if (Object.values(inputs).some(({ id }) => from.has(id))) for (const { id } of outputs) from.add(id);
  }
  const to = new Set([value.id]);
  for (const { inputs, outputs } of tape.toReversed()) {
    if (outputs.some(({ id }) => to.has(id))) for (const { id } of Object.values(inputs)) to.add(id);
  }
  return new Set([...from].filter((id) => to.has(id)));
};

/** Adds the node's share to the gradients of its inputs. */
const passThrough = (node: TapeNode, gradients: Gradients, live: ReadonlySet<number>): void => {
  if (!node.gradient) throw new Error('Cannot compute gradient: an op on the way to the loss has none');
  const inputs = Object.entries(node.inputs).filter(([, { id }]) => live.has(id));
  const dys = node.outputs.map(({ id }) => gradients.get(id) ?? null);
  const shares = tf.tidy(() => {
    const slopes = node.gradient!(dys);
    /** A gradient that is handed on as it came, or twice, becomes a tensor of its own. */
    const taken = new Set<tf.Tensor | null>(dys);
    return inputs.map(([name]) => {
      const share = slopes[name]!();
      const own = taken.has(share) ? tf.clone(share) : share;
      taken.add(share);
      return own;
    });
  });
  for (const [i, [, { id }]] of inputs.entries()) {
    const before = gradients.get(id);
    gradients.set(id, before ? tf.add(before, shares[i]!) : shares[i]!);
    if (before) tf.dispose([before, shares[i]!]);
  }
};
