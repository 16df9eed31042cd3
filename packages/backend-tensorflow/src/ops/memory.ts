import type * as tf from '@tensorflow/tfjs';
import { type Ops, shapeOf, type } from './compute';
import { type Handle, handOver, type NativeBackend, type TensorEntry } from './native';

/** Tensors whose memory is written in place lie in a variable of TensorFlow's, and their views are slices of it. */
interface Owner {
  readonly entry: TensorEntry;
  /** The handle of the variable, once something has written. */
  variable: number | undefined;
  readonly views: Set<TensorEntry>;
}
interface View {
  readonly owner: Owner;
  readonly offset: number;
}

/** TensorFlow's name for a variable that ends with its handle. */
const ANONYMOUS = 'cd2c89b7-88b7-44c8-ad83-06c2a9158347';
/** In the place of a handle that is to be made when it is asked for. */
const NONE = -1;

const owners = new WeakMap<TensorEntry, Owner>();
const views = new WeakMap<TensorEntry, View>();

const sizeOf = (shape: readonly number[]): number => shape.reduce((size, axis) => size * axis, 1);

/** Whether something writes the tensor's memory in place, or may: then nothing else may share its data. */
export const isShared = (entry: TensorEntry): boolean => owners.has(entry) || views.has(entry);

const entryOf = ({ tensorMap }: NativeBackend, info: tf.TensorInfo): TensorEntry =>
  tensorMap.get(info.dataId);

const ownerOf = (entry: TensorEntry): Owner => {
  const known = owners.get(entry);
  if (known) return known;
  const owner: Owner = { entry, variable: undefined, views: new Set() };
  owners.set(entry, owner);
  return owner;
};

const forget = ({ binding }: NativeBackend, entry: TensorEntry): void => {
  if (entry.id >= 0) binding.deleteTensor(entry.id);
  entry.id = NONE;
};

/** Makes the handle of a tensor whose memory has been written since it was last read. */
export const materialise = (backend: NativeBackend, entry: TensorEntry): void => {
  if (entry.values !== null || entry.id >= 0) return;
  const { binding } = backend;
  const run = (
    name: string,
    inputs: readonly number[],
    attributes: Parameters<Ops['run']>[2] = {},
  ): number => {
    const all = Object.entries(attributes).map(([key, value]) => ({
      name: key,
      type: binding.TF_ATTR_TYPE,
      value: (value as ReturnType<typeof type>).value,
    }));
    return binding.executeOp(name, all, inputs, 1)[0]!.id;
  };
  const view = views.get(entry);
  if (!view) {
    const { variable } = ownerOf(entry);
    entry.id = run('ReadVariableOp', [variable!], { dtype: type(binding.TF_FLOAT) });
    return;
  }
  const { entry: whole } = view.owner;
  // What tfjs wrote and TensorFlow has not seen.
  handOver(binding, whole);
  materialise(backend, whole);
  const ints = (values: readonly number[]): number =>
    binding.createTensor([values.length], binding.TF_INT32, Int32Array.from(values));
  const [from, size, shape] = [[view.offset], [sizeOf(entry.shape)], entry.shape].map(ints);
  const slice = run('Slice', [whole.id, from!, size!]);
  entry.id = run('Reshape', [slice, shape!]);
  for (const id of [from!, size!, shape!, slice]) binding.deleteTensor(id);
};

/** A tensor [shape] over the memory of x [P] from an offset on. */
export const viewOf = (
  backend: NativeBackend,
  x: tf.TensorInfo,
  offset: number,
  shape: readonly number[],
): tf.TensorInfo => {
  const whole = entryOf(backend, x);
  const inner = views.get(whole);
  const owner = inner?.owner ?? ownerOf(whole);
  const entry: TensorEntry = { shape: [...shape], dtype: whole.dtype, values: null, id: NONE, refCount: 1 };
  views.set(entry, { owner, offset: offset + (inner?.offset ?? 0) });
  owner.views.add(entry);
  const dataId = {};
  backend.tensorMap.set(dataId, entry);
  return { dataId, shape: [...shape], dtype: x.dtype };
};

/** What is freed with a tensor that has ended. */
export const release = ({ binding }: NativeBackend, entry: TensorEntry): void => {
  views.get(entry)?.owner.views.delete(entry);
  const variable = owners.get(entry)?.variable;
  if (variable !== undefined) binding.deleteTensor(variable);
  owners.delete(entry);
};

/** The variable of a tensor, of which no handle is left that would make TensorFlow copy it before it writes. */
const variableOf = (ops: Ops, owner: Owner): Handle => {
  const { backend } = ops;
  const { binding } = backend;
  const { entry } = owner;
  if (owner.variable === undefined) {
    const attributes = {
      dtype: type(entry.dtype),
      shape: shapeOf(entry.shape),
      shared_name: ANONYMOUS,
    };
    const resource = ops.keep(ops.run('VarHandleOp', [], attributes));
    ops.runAll('AssignVariableOp', [resource, ops.ofEntry(entry)], {}, 0);
    owner.variable = resource.id;
  }
  for (const each of [entry, ...owner.views]) forget(backend, each);
  return { id: owner.variable, shape: [], dtype: binding.TF_FLOAT };
};

/** Writes values [as the tensor] into its memory, in place. */
export const write = (ops: Ops, info: tf.TensorInfo, values: Handle): void => {
  const entry = entryOf(ops.backend, info);
  const view = views.get(entry);
  if (!view) {
    const flat = ops.reshape(values, entry.shape);
    ops.runAll('AssignVariableOp', [variableOf(ops, ownerOf(entry)), flat], {}, 0);
    return;
  }
  const size = sizeOf(entry.shape);
  if (size === 0) return;
  const flat = ops.reshape(values, [size]);
  const from = ops.ints([view.offset]);
  const to = ops.ints([view.offset + size]);
  const target = variableOf(ops, view.owner);
  ops.runAll('ResourceStridedSliceAssign', [target, from, to, ops.ints([1]), flat], {}, 0);
};

/** The variables of whole tensors, for an op that writes them in place; undefined where one is a view. */
export const variablesOf = (ops: Ops, infos: readonly tf.TensorInfo[]): Handle[] | undefined => {
  const entries = infos.map((info) => entryOf(ops.backend, info));
  if (entries.some((entry) => views.has(entry))) return undefined;
  return entries.map((entry) => variableOf(ops, ownerOf(entry)));
};
