import * as tf from '@tensorflow/tfjs';

/** What tfjs 4.22 records of one op while a tape is on (tfjs-core, tape.ts). */
export interface TapeNode {
  readonly kernelName?: string;
  readonly outputs: readonly tf.Tensor[];
  readonly inputs: Readonly<Record<string, tf.Tensor>>;
  readonly gradient?: (dys: readonly (tf.Tensor | null)[]) => Readonly<Record<string, () => tf.Tensor>>;
  readonly saved?: readonly tf.Tensor[];
  /** Ours: the node stands for ops that were forgotten, and records them anew. */
  readonly replay?: () => Recording<tf.Tensor>;
}

/** What a function returned, and the ops it ran. */
export interface Recording<T> {
  readonly value: T;
  readonly tape: readonly TapeNode[];
}

/** The part of tfjs's engine that records. */
interface Recorder {
  readonly state: {
    activeTape: TapeNode[] | null;
    readonly gradientDepth: number;
    readonly kernelDepth: number;
  };
  startTape(): void;
  endTape(): void;
}

/** The tape of the recording under way: what tells it from one that tfjs itself has started. */
let current: TapeNode[] | undefined;

const recorder = (): Partial<Recorder> => tf.engine() as unknown as Partial<Recorder>;

const records = (engine: Partial<Recorder>): engine is Recorder =>
  typeof engine.startTape === 'function' &&
  typeof engine.endTape === 'function' &&
  engine.state !== undefined &&
  'gradientDepth' in engine.state;

/**
 * Runs f with a tape on. Undefined where this tfjs does not record as 4.22 does, or where another gradient is being
 * taken around it.
 */
export const record = <T extends tf.Tensor>(f: () => T): Recording<T> | undefined => {
  const engine = recorder();
  if (!records(engine) || engine.state.gradientDepth > 0) return undefined;
  engine.startTape();
  try {
    return onTape(engine, () => tf.tidy(f));
  } finally {
    engine.endTape();
    engine.state.activeTape = null;
  }
};

/** Whether ops are being recorded by `record`, by nothing around it and nothing within. */
export const isRecording = (): boolean => {
  const { state } = recorder();
  return (
    current !== undefined &&
    state?.activeTape === current &&
    state.gradientDepth === 1 &&
    state.kernelDepth === 0
  );
};

/** Runs f while recording, its ops on a tape of their own that the one under way does not see. */
export const aside = <T>(f: () => T): Recording<T> => onTape(recorder() as Recorder, f);

/** Adds a node to the recording under way. */
export const addNode = (node: TapeNode): void => {
  current!.push(node);
};

/** Frees what the nodes keep for the backward pass. */
export const forget = (tape: readonly TapeNode[]): void => {
  for (const { saved = [] } of tape) tf.dispose([...saved]);
};

/** Kernels whose gradient reads the shape alone of what tfjs saves for it. */
const READ_SHAPES: ReadonlySet<string | undefined> = new Set(
  ['Reshape', 'ExpandDims', 'Add', 'Sub', 'Sum', 'Mean', 'Slice', 'Concat', 'Pack', 'PadV2'], //
);

/** A tape that frees at once what no gradient reads: half of what stands between the layers of a Transformer. */
const emptyTape = (): TapeNode[] => {
  const tape: TapeNode[] = [];
  tape.push = (...nodes) => {
    forget(nodes.filter(({ kernelName }) => READ_SHAPES.has(kernelName)));
    return Array.prototype.push.apply(tape, nodes);
  };
  return tape;
};

/** Runs f with an empty tape in the place of the engine's. */
const onTape = <T>({ state }: Recorder, f: () => T): Recording<T> => {
  const [outer, outerTape] = [current, state.activeTape];
  const tape = emptyTape();
  current = tape;
  state.activeTape = tape;
  try {
    return { value: f(), tape };
  } catch (error) {
    forget(tape);
    throw error;
  } finally {
    current = outer;
    state.activeTape = outerTape;
  }
};
