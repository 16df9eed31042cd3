import * as tf from '@tensorflow/tfjs';

/** What tfjs 4.22 records of one op while a tape is on (tfjs-core, tape.ts). */
interface TapeNode {
  readonly outputs: readonly tf.Tensor[];
  readonly inputs: Readonly<Record<string, tf.Tensor>>;
  readonly gradient?: (dys: readonly (tf.Tensor | null)[]) => Readonly<Record<string, () => tf.Tensor>>;
  readonly saved?: readonly tf.Tensor[];
}

/** The part of tfjs's engine that records. */
interface Recorder {
  readonly state: { activeTape: TapeNode[] | null; readonly gradientDepth: number };
  startTape(): void;
  endTape(): void;
}

export interface ValueAndGradients {
  readonly value: tf.Scalar;
  /** One a variable, in order; undefined where the value does not depend on it. */
  readonly gradients: readonly (tf.Tensor | undefined)[];
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
  const recorder = tf.engine() as unknown as Partial<Recorder>;
  if (!canRecord(recorder) || recorder.state.gradientDepth > 0) return undefined;
  const { value, tape } = record(recorder, f);
  const gradients = new Map<number, tf.Tensor>([[value.id, tf.onesLike(value)]]);
  const live = connecting(tape, variables, value);
  const wanted = new Set(variables.map(({ id }) => id));
  for (const node of tape.toReversed()) {
    if (node.outputs.some(({ id }) => live.has(id) && gradients.has(id))) {
      passThrough(node, gradients, live);
    }
    for (const { id } of node.outputs) {
      if (wanted.has(id)) continue;
      gradients.get(id)?.dispose();
      gradients.delete(id);
    }
    tf.dispose([...(node.saved ?? [])]);
  }
  return { value, gradients: variables.map(({ id }) => gradients.get(id)) };
};

const canRecord = (engine: Partial<Recorder>): engine is Recorder =>
  typeof engine.startTape === 'function' &&
  typeof engine.endTape === 'function' &&
  engine.state !== undefined &&
  'gradientDepth' in engine.state;

const record = (recorder: Recorder, f: () => tf.Scalar): { value: tf.Scalar; tape: readonly TapeNode[] } => {
  recorder.startTape();
  try {
    const value = tf.tidy(f);
    return { value, tape: recorder.state.activeTape ?? [] };
  } catch (error) {
    for (const { saved = [] } of recorder.state.activeTape ?? []) tf.dispose([...saved]);
    throw error;
  } finally {
    recorder.endTape();
    recorder.state.activeTape = null;
  }
};

/** Ids of the tensors that depend on a variable and that the value depends on. */
const connecting = (
  tape: readonly TapeNode[],
  variables: readonly tf.Variable[],
  value: tf.Tensor,
): ReadonlySet<number> => {
  const from = new Set(variables.map(({ id }) => id));
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
const passThrough = (node: TapeNode, gradients: Map<number, tf.Tensor>, live: ReadonlySet<number>): void => {
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
