import * as tf from '@tensorflow/tfjs';
import { type NumericType, sizeOf } from '../backend';
import { copyBox, stridesOf } from './copy';
import { isNumeric, type Kernel, type KernelTable } from './kernel';

const filled =
  (value: number): Kernel =>
  ({ inputs, backend }) => {
    const x = inputs.x!;
    if (!isNumeric(x)) return undefined;
    const { info, values } = backend.fresh(x.shape, x.dtype as NumericType);
    values.fill(value);
    return info;
  };

const fill: Kernel = ({ attrs, backend }) => {
  const value = attrs.value as number | string | boolean;
  const dtype = (attrs.dtype as tf.DataType | undefined) ?? tf.util.inferDtype(value);
  if (typeof value === 'string' || !(dtype === 'float32' || dtype === 'int32' || dtype === 'bool')) {
    return undefined;
  }
  const { info, values } = backend.fresh(attrs.shape as number[], dtype);
  values.fill(Number(value));
  return info;
};

const pad: Kernel = ({ inputs, attrs, backend }) => {
  const x = inputs.x!;
  if (!isNumeric(x)) return undefined;
  const paddings = attrs.paddings as [number, number][];
  const shape = x.shape.map((size, i) => size + paddings[i]![0] + paddings[i]![1]);
  const { info, values } = backend.fresh(shape, x.dtype as NumericType);
  values.fill(attrs.constantValue as number);
  const strides = stridesOf(shape);
  const start = paddings.reduce((sum, [before], axis) => sum + before * strides[axis]!, 0);
  copyBox(
    { values, strides, start },
    { values: backend.values(x), strides: stridesOf(x.shape), start: 0 },
    x.shape,
  );
  return info;
};

const oneHot: Kernel = ({ inputs, attrs, backend }) => {
  const indices = inputs.indices!;
  if (!isNumeric(indices)) return undefined;
  const depth = attrs.depth as number;
  const dtype = (attrs.dtype as NumericType | undefined) ?? 'int32';
  if (dtype !== 'float32' && dtype !== 'int32' && dtype !== 'bool') return undefined;
  const { info, values } = backend.fresh([...indices.shape, depth], dtype);
  values.fill(attrs.offValue as number);
  const ids = backend.values(indices);
  const on = attrs.onValue as number;
  for (let i = 0; i < ids.length; i++) {
    const id = ids[i]!;
    if (id >= 0 && id < depth) values[i * depth + id] = on;
  }
  return info;
};

/** Rows of x added up by their segment id: the gradient of gather. Ids out of range are dropped. */
const unsortedSegmentSum: Kernel = ({ inputs, attrs, backend }) => {
  const x = inputs.x!;
  const segmentIds = inputs.segmentIds!;
  if (x.dtype !== 'float32' || segmentIds.dtype !== 'int32') return undefined;
  if (!tf.util.arraysEqual(x.shape.slice(0, segmentIds.shape.length), segmentIds.shape)) return undefined;
  const count = attrs.numSegments as number;
  const rest = x.shape.slice(segmentIds.shape.length);
  const row = sizeOf(rest);
  const { info, values } = backend.fresh([count, ...rest]);
  values.fill(0);
  const from = backend.values(x);
  const ids = backend.values<Int32Array>(segmentIds);
  for (let i = 0; i < ids.length; i++) {
    const id = ids[i]!;
    if (id < 0 || id >= count) continue;
    for (let j = 0, to = id * row, at = i * row; j < row; j++, to++, at++) values[to]! += from[at]!;
  }
  return info;
};

export const fillKernels: KernelTable = {
  Fill: fill,
  ZerosLike: filled(0),
  OnesLike: filled(1),
  PadV2: pad,
  OneHot: oneHot,
  UnsortedSegmentSum: unsortedSegmentSum,
};
