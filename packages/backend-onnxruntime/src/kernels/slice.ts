import * as tf from '@tensorflow/tfjs';
import type { NumericType, OnnxRuntimeBackend } from '../backend';
import { copyBox, stridesOf } from './copy';
import { isNumeric, type Kernel, type KernelTable } from './kernel';

/** The box of `size` at `begin`, copied: tfjs's cpu kernel returns a view, which a pool cannot live with. */
const box = (
  backend: OnnxRuntimeBackend,
  x: tf.TensorInfo,
  begin: readonly number[],
  size: readonly number[],
  shape: readonly number[] = size,
): tf.TensorInfo => {
  const { info, values } = backend.fresh(shape, x.dtype as NumericType);
  const strides = stridesOf(x.shape);
  const start = begin.reduce((sum, first, axis) => sum + first * strides[axis]!, 0);
  copyBox(
    { values, strides: stridesOf(size), start: 0 },
    { values: backend.values(x), strides, start },
    size,
  );
  return info;
};

const slice: Kernel = ({ inputs, attrs, backend }) => {
  const x = inputs.x!;
  if (!isNumeric(x)) return undefined;
  const [begin, size] = tf.slice_util.parseSliceParams(
    x as tf.Tensor,
    attrs.begin as number | number[],
    attrs.size as number | number[],
  );
  tf.slice_util.assertParamsValid(x as tf.Tensor, begin!, size!);
  return box(backend, x, begin!, size!);
};

const split: Kernel = ({ inputs, attrs, backend }) => {
  const x = inputs.x!;
  if (!isNumeric(x)) return undefined;
  const axis = tf.util.parseAxisParam(attrs.axis as number, x.shape)[0]!;
  const sizes = tf.backend_util.prepareSplitSize(
    x as tf.Tensor,
    attrs.numOrSizeSplits as number | number[],
    axis,
  );
  const begin = x.shape.map(() => 0);
  return sizes.map((size) => {
    const part = box(
      backend,
      x,
      begin,
      x.shape.map((whole, i) => (i === axis ? size : whole)),
    );
    begin[axis]! += size;
    return part;
  });
};

const unpack: Kernel = ({ inputs, attrs, backend }) => {
  const x = inputs.value!;
  if (!isNumeric(x)) return undefined;
  const given = attrs.axis as number;
  const axis = given < 0 ? given + x.shape.length : given;
  const shape = x.shape.filter((_, i) => i !== axis);
  const size = x.shape.map((whole, i) => (i === axis ? 1 : whole));
  return Array.from({ length: x.shape[axis]! }, (_, k) =>
    box(
      backend,
      x,
      x.shape.map((__, i) => (i === axis ? k : 0)),
      size,
      shape,
    ),
  );
};

export const sliceKernels: KernelTable = { Slice: slice, SplitV: split, Unpack: unpack };
