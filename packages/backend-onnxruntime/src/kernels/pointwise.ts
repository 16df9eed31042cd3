import * as tf from '@tensorflow/tfjs';
import { type NumericType, sizeOf } from '../backend';
import { Graph } from '../onnx/graph';
import { BOOL, FLOAT } from '../ort/runtime';
import { allFloat, isNumeric, type Kernel, type KernelTable, worthwhile } from './kernel';

const LEAST = 512;

/** Conversions between numeric types as typed arrays do them (int32 wraps, NaN becomes 0), and to bool by x != 0. */
const cast: Kernel = ({ inputs, attrs, backend }) => {
  const x = inputs.x!;
  const dtype = attrs.dtype as tf.DataType;
  if (!isNumeric(x)) return undefined;
  if (dtype === x.dtype) return backend.share(x, x.shape);
  if (dtype !== 'float32' && dtype !== 'int32' && dtype !== 'bool') return undefined;
  const from = backend.values(x);
  const { info, values } = backend.fresh(x.shape, dtype);
  if (dtype === 'bool') for (let i = 0; i < from.length; i++) values[i] = from[i] !== 0 ? 1 : 0;
  else values.set(from);
  return info;
};

const logicalNot: Kernel = ({ inputs, backend }) => {
  const x = inputs.x!;
  if (x.dtype !== 'bool') return undefined;
  const from = backend.values<Uint8Array>(x);
  const { info, values } = backend.fresh<Uint8Array>(x.shape, 'bool');
  for (let i = 0; i < from.length; i++) values[i] = from[i] === 0 ? 1 : 0;
  return info;
};

/** Element-wise choice. A condition of rank 1 chooses rows. */
const select: Kernel = ({ inputs, backend }) => {
  const condition = inputs.condition!;
  const t = inputs.t!;
  const e = inputs.e!;
  const size = sizeOf(t.shape);
  if (condition.dtype !== 'bool' || !allFloat(t, e) || !worthwhile(backend, size, LEAST)) return undefined;
  if (!tf.util.arraysEqual(t.shape, e.shape)) return undefined;
  const whole = tf.util.arraysEqual(condition.shape, t.shape);
  const byRow = condition.shape.length === 1 && condition.shape[0] === t.shape[0];
  if (!whole && !byRow) return undefined;
  const rows = sizeOf(condition.shape);
  const build = (): Graph => {
    const g = new Graph();
    g.output(g.op('Where', [g.input(BOOL), g.input(FLOAT), g.input(FLOAT)]));
    return g;
  };
  const flat = [rows, size / rows];
  return backend.computeOne(
    'Select',
    build,
    [backend.operand(condition, [rows, 1]), backend.operand(t, flat), backend.operand(e, flat)],
    { shape: t.shape, graphShape: flat },
  );
};

/** Sum of a list of equal tensors in one pass. */
const addN: Kernel = ({ list, backend }) => {
  const first = list[0]!;
  const size = sizeOf(first.shape);
  if (!list.every((x) => tf.util.arraysEqual(x.shape, first.shape))) return undefined;
  if (!allFloat(...list) || !worthwhile(backend, size, LEAST) || list.length > 32) return undefined;
  if (list.length === 1) return backend.share(first, first.shape);
  const build = (): Graph => {
    const g = new Graph();
    g.output(
      g.op(
        'Sum',
        list.map(() => g.input()),
      ),
    );
    return g;
  };
  const operands = list.map((x) => backend.operand(x, [size]));
  return backend.computeOne(`AddN${list.length}`, build, operands, {
    shape: first.shape,
    graphShape: [size],
  });
};

const tile: Kernel = ({ inputs, attrs, backend }) => {
  const x = inputs.x!;
  const reps = attrs.reps as number[];
  if (!isNumeric(x)) return undefined;
  const shape = x.shape.map((size, i) => size * reps[i]!);
  const { info, values } = backend.fresh(shape, x.dtype as NumericType);
  const from = backend.values(x);
  if (sizeOf(shape) === 0) return info;
  // The result is built in place, axis by axis from the last: each block is written once, then doubled onwards.
  const fillAxis = (axis: number, at: number, source: number): void => {
    if (axis === x.shape.length) {
      values[at] = from[source]!;
      return;
    }
    const inner = sizeOf(shape.slice(axis + 1));
    const innerFrom = sizeOf(x.shape.slice(axis + 1));
    const block = x.shape[axis]! * inner;
    if (sizeOf(reps.slice(axis + 1)) === 1) values.set(from.subarray(source, source + block), at);
    else for (let i = 0; i < x.shape[axis]!; i++) fillAxis(axis + 1, at + i * inner, source + i * innerFrom);
    for (let k = 1; k < reps[axis]!; k++) values.copyWithin(at + k * block, at, at + block);
  };
  fillAxis(0, 0, 0);
  return info;
};

export const pointwiseKernels: KernelTable = {
  Cast: cast,
  LogicalNot: logicalNot,
  Select: select,
  AddN: addN,
  Tile: tile,
};
