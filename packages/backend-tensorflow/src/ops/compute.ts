import type * as tf from '@tensorflow/tfjs';
import {
  type Attribute,
  type Binding,
  type Handle,
  handOver,
  type NativeBackend,
  type TensorEntry,
} from './native';

/** Values of attributes by name: whole numbers, and lists of them, unless marked by `real`, `type` or `shape`. */
export type Attributes = Readonly<Record<string, number | boolean | string | readonly number[] | Marked>>;

interface Marked {
  readonly kind: 'TF_ATTR_FLOAT' | 'TF_ATTR_TYPE' | 'TF_ATTR_SHAPE';
  readonly value: number | readonly number[];
}

/** An attribute of type float. */
export const real = (value: number): Marked => ({ kind: 'TF_ATTR_FLOAT', value });
/** An attribute that is a type. */
export const type = (value: number): Marked => ({ kind: 'TF_ATTR_TYPE', value });
/** An attribute that is a shape. */
export const shapeOf = (value: readonly number[]): Marked => ({ kind: 'TF_ATTR_SHAPE', value });

const attributesOf = (binding: Binding, attributes: Attributes): Attribute[] =>
  Object.entries(attributes).map(([name, value]) => {
    if (typeof value === 'object' && 'kind' in value) {
      return { name, type: binding[value.kind], value: value.value };
    }
    if (typeof value === 'boolean') return { name, type: binding.TF_ATTR_BOOL, value };
    if (typeof value === 'string') return { name, type: binding.TF_ATTR_STRING, value };
    return { name, type: binding.TF_ATTR_INT, value };
  });

/** Raw TensorFlow ops on handles, which are gone after the computation unless it returns them. */
export interface Ops {
  readonly backend: NativeBackend;
  /** The handle of a tensor of tfjs's, which stays its own. */
  of(tensor: tf.TensorInfo): Handle;
  /** The same of an entry of tfjs-node's. */
  ofEntry(entry: TensorEntry): Handle;
  /** Keeps a handle past the computation: whoever keeps it frees it. */
  keep(handle: Handle): Handle;
  /** An op of one output. */
  run(name: string, inputs: readonly Handle[], attributes?: Attributes): Handle;
  /** An op of several outputs. */
  runAll(name: string, inputs: readonly Handle[], attributes: Attributes, outputs: number): Handle[];
  /** Small constants, which are kept for the next call: float32 [] unless a shape is given. */
  reals(values: readonly number[], shape?: readonly number[]): Handle;
  /** The same of int32: [values] unless a shape is given. */
  ints(values: readonly number[], shape?: readonly number[]): Handle;
  /** A constant that is kept for the next call, by a name and its shape: `values` makes it. */
  constant(name: string, values: () => Float32Array, shape: readonly number[]): Handle;
  /** A tensor over an array, which must not change afterwards. */
  tensor(values: Float32Array | Int32Array, shape: readonly number[]): Handle;
  /** sqrt(sum x^2): []. TensorFlow's loss is half the sum, in one pass. */
  norm(x: Handle): Handle;
  /** Frees what will not be read any more, before the computation ends. */
  free(...handles: readonly Handle[]): void;
  reshape(x: Handle, shape: readonly number[]): Handle;
  /** Tensors of one shape along a new axis. */
  pack(parts: readonly Handle[], axis: number): Handle;
  /** Tensors end to end along an axis. */
  concat(parts: readonly Handle[], axis: number): Handle;
}

interface Constants {
  readonly handles: Map<string, Handle>;
  /** Numbers in all of them. */
  numbers: number;
}

/** Constants by the addon that holds them. */
const constants = new WeakMap<Binding, Constants>();
/** Steps of schedules are constants that do not come again, and masks are large: 64 MB. */
const [MOST_CONSTANTS, MOST_NUMBERS] = [512, 2 ** 24];

/** Frees what was kept for next calls. */
export const freeConstants = (binding: Binding): void => {
  const kept = constants.get(binding);
  if (!kept) return;
  for (const { id } of kept.handles.values()) binding.deleteTensor(id);
  kept.handles.clear();
  kept.numbers = 0;
};

const constantsOf = (binding: Binding): Constants => {
  const kept = constants.get(binding) ?? { handles: new Map(), numbers: 0 };
  constants.set(binding, kept);
  if (kept.handles.size > MOST_CONSTANTS || kept.numbers > MOST_NUMBERS) freeConstants(binding);
  return kept;
};

/**
 * Runs raw ops: what `f` returns become tensors of tfjs's, all other handles are freed, also where it throws. Handles of
 * inputs may not be returned.
 */
export const compute = (backend: NativeBackend, f: (ops: Ops) => readonly Handle[]): tf.Tensor[] => {
  const { binding } = backend;
  const mine = new Map<number, Handle>();
  const kept = constantsOf(binding);
  const own = (handles: Handle[]): Handle[] => {
    for (const handle of handles) mine.set(handle.id, handle);
    return handles;
  };
  const made = (values: Float32Array | Int32Array, shape: readonly number[]): Handle => {
    const dtype = values instanceof Float32Array ? binding.TF_FLOAT : binding.TF_INT32;
    return { id: binding.createTensor(shape, dtype, values), shape: [...shape], dtype };
  };
  const constant = (
    key: string,
    values: () => Float32Array | Int32Array,
    shape: readonly number[],
  ): Handle => {
    const name = `${key}|${shape}`;
    const known = kept.handles.get(name);
    if (known) return known;
    const numbers = values();
    const fresh = made(numbers, shape);
    kept.handles.set(name, fresh);
    kept.numbers += numbers.length;
    return fresh;
  };
  const ops: Ops = {
    backend,
    of: (tensor) => {
      const [id] = backend.getInputTensorIds([tensor]);
      return { id: id!, shape: tensor.shape, dtype: backend.tensorMap.get(tensor.dataId).dtype };
    },
    ofEntry: (entry) => {
      handOver(binding, entry);
      return { id: entry.id, shape: entry.shape, dtype: entry.dtype };
    },
    keep: (handle) => {
      mine.delete(handle.id);
      return handle;
    },
    runAll: (name, inputs, attributes, outputs) => {
      const ids = inputs.map(({ id }) => id);
      return own(binding.executeOp(name, attributesOf(binding, attributes), ids, outputs));
    },
    run: (name, inputs, attributes = {}) => ops.runAll(name, inputs, attributes, 1)[0]!,
    reals: (values, shape = []) => constant(`f${values}`, () => Float32Array.from(values), shape),
    ints: (values, shape = [values.length]) => constant(`i${values}`, () => Int32Array.from(values), shape),
    constant,
    tensor: (values, shape) => own([made(values, shape)])[0]!,
    free: (...handles) => {
      for (const { id } of handles) if (mine.delete(id)) binding.deleteTensor(id);
    },
    norm: (x) => ops.run('Sqrt', [ops.run('Mul', [ops.run('L2Loss', [x]), ops.reals([2])])]),
    reshape: (x, shape) => ops.run('Reshape', [x, ops.ints(shape)]),
    // Of lists TensorFlow has to be told the type.
    pack: (parts, axis) => ops.run('Pack', parts, { N: parts.length, axis, T: type(parts[0]!.dtype) }),
    concat: (parts, axis) =>
      ops.run('ConcatV2', [...parts, ops.ints([axis], [])], { N: parts.length, T: type(parts[0]!.dtype) }),
  };
  try {
    const outputs = f(ops);
    return outputs.map((handle) => {
      mine.delete(handle.id);
      return backend.createOutputTensor(handle);
    });
  } finally {
    for (const id of mine.keys()) binding.deleteTensor(id);
  }
};

/** The same of one tensor. */
export const computeOne = (backend: NativeBackend, f: (ops: Ops) => Handle): tf.Tensor =>
  compute(backend, (ops) => [f(ops)])[0]!;
