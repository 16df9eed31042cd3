import * as tf from '@tensorflow/tfjs';
import { offering } from '../ops/slots';
import { recomputeOnTape } from './forgotten';
import { recomputingBy } from './recompute';
import { forget, record, type TapeNode } from './recording';

export interface ValueAndGradients {
  readonly value: tf.Scalar;
  /** One a variable, in order; undefined where the value does not depend on it. */
  readonly gradients: readonly (tf.Tensor | undefined)[];
}

/** What becomes of the gradients of variables, by number. */
export interface Receiver {
  /** Memory for the gradient of a variable, where it has some: what an op writes there is received as that tensor. */
  readonly slot: (variable: number) => tf.Tensor | undefined;
  /** The gradient of a variable, complete; the receiver's from now on. */
  readonly receive: (variable: number, gradient: tf.Tensor) => void;
  /** Is called behind every op that the backward pass has gone through. */
  readonly passed?: () => void;
}

/** Gradients by the id of their tensor. */
type Gradients = Map<number, tf.Tensor>;

/** The variables whose gradients are wanted. */
interface Wanted extends Receiver {
  /** Their numbers, by id. */
  readonly numbers: ReadonlyMap<number, number>;
  /** How often what is still to be gone through reads each. */
  readonly uses: Map<number, number>;
}

/**
 * The value of f and its gradients, as `tf.variableGrads` gives them, with the backward pass freeing every saved
 * tensor and every gradient as soon as it is used up: tfjs keeps them all to the end. Call inside a tidy.
 * Undefined where this tfjs does not record as 4.22 does, or where another gradient is being taken around it.
 */
export const recordedGradients = (
  f: () => tf.Scalar,
  variables: readonly tf.Variable[],
): ValueAndGradients | undefined => {
  const gradients: (tf.Tensor | undefined)[] = variables.map(() => undefined);
  const value = receiveGradients(f, variables, {
    slot: () => undefined,
    receive: (variable, gradient) => {
      gradients[variable] = gradient;
    },
  });
  return value && { value, gradients };
};

/**
 * The same, each gradient handed over as soon as nothing can be added to it; not those of variables that the value does
 * not depend on.
 */
export const receiveGradients = (
  f: () => tf.Scalar,
  variables: readonly tf.Variable[],
  receiver: Receiver,
): tf.Scalar | undefined => recomputingBy(recomputeOnTape, () => gradientsThrough(f, variables, receiver));

const gradientsThrough = (
  f: () => tf.Scalar,
  variables: readonly tf.Variable[],
  receiver: Receiver,
): tf.Scalar | undefined => {
  const recording = record(f);
  if (!recording) return undefined;
  const { value, tape } = recording;
  const gradients: Gradients = new Map([[value.id, tf.onesLike(value)]]);
  const numbers = new Map(variables.map(({ id }, i) => [id, i]));
  const wanted: Wanted = { ...receiver, numbers, uses: new Map() };
  try {
    backward(tape, connecting(tape, new Set(numbers.keys()), value), gradients, wanted);
    // A value that is itself a variable.
    settle([value], gradients, wanted);
  } catch (error) {
    forget(tape);
    throw error;
  }
  return value;
};

/** Hands over the gradients of those that nothing reads any more. */
const settle = (
  tensors: readonly tf.Tensor[],
  gradients: Gradients,
  { numbers, uses, receive }: Wanted,
): void => {
  for (const { id } of tensors) {
    const variable = numbers.get(id);
    const gradient = gradients.get(id);
    if (variable === undefined || gradient === undefined || (uses.get(id) ?? 0) > 0) continue;
    gradients.delete(id);
    receive(variable, gradient);
  }
};

/** Adds to the count of uses of what a node reads of the variables, where its results matter. */
const count = (
  { inputs, outputs }: TapeNode,
  each: number,
  live: ReadonlySet<number>,
  { numbers, uses }: Wanted,
): void => {
  if (!outputs.some(({ id }) => live.has(id))) return;
  for (const { id } of Object.values(inputs)) {
    if (numbers.has(id)) uses.set(id, (uses.get(id) ?? 0) + each);
  }
};

/** Passes the gradients of the tape's results on to what it read, and frees all but the wanted ones. */
const backward = (
  tape: readonly TapeNode[],
  live: ReadonlySet<number>,
  gradients: Gradients,
  wanted: Wanted,
): void => {
  for (const node of tape) count(node, 1, live, wanted);
  for (const node of tape.toReversed()) {
    count(node, -1, live, wanted);
    if (node.outputs.some(({ id }) => live.has(id) && gradients.has(id))) {
      if (node.replay) backwardAnew(node, node.replay, live, gradients, wanted);
      else passThrough(node, gradients, live, wanted);
    }
    for (const { id } of node.outputs) {
      if (wanted.numbers.has(id)) continue;
      gradients.get(id)?.dispose();
      gradients.delete(id);
    }
    forget([node]);
    settle(Object.values(node.inputs), gradients, wanted);
    wanted.passed?.();
  }
};

/** Records the node's ops again and goes through them as if they had been on the tape all along. */
const backwardAnew = (
  { outputs: [output] }: TapeNode,
  replay: NonNullable<TapeNode['replay']>,
  live: ReadonlySet<number>,
  gradients: Gradients,
  wanted: Wanted,
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

/** Slots for the gradients to which the node alone adds. */
const slotsFor = (
  inputs: readonly tf.Tensor[],
  gradients: Gradients,
  { numbers, uses, slot }: Wanted,
): ReadonlyMap<number, tf.Tensor> => {
  const slots = new Map<number, tf.Tensor>();
  for (const [i, { id }] of inputs.entries()) {
    const variable = numbers.get(id);
    if (variable === undefined || (uses.get(id) ?? 0) > 0 || gradients.has(id)) continue;
    const own = inputs.some((other, j) => other.id === id && j !== i) ? undefined : slot(variable);
    if (own) slots.set(id, own);
  }
  return slots;
};

/** Adds the node's share to the gradients of its inputs. */
const passThrough = (
  node: TapeNode,
  gradients: Gradients,
  live: ReadonlySet<number>,
  wanted: Wanted,
): void => {
  if (!node.gradient) throw new Error('Cannot compute gradient: an op on the way to the loss has none');
  const inputs = Object.entries(node.inputs).filter(([, { id }]) => live.has(id));
  const dys = node.outputs.map(({ id }) => gradients.get(id) ?? null);
  const slots = slotsFor(
    inputs.map(([, tensor]) => tensor),
    gradients,
    wanted,
  );
  const shares = tf.tidy(() => {
    const slopes = offering(slots, () => node.gradient!(dys));
    /** A gradient that is handed on as it came, or twice, becomes a tensor of its own. */
    const taken = new Set<tf.Tensor | null>(dys);
    return inputs.map(([name, { id, size }]) => {
      const share = slopes[name]!();
      const slot = slots.get(id);
      if (slot && share.size < size) return slot;
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
