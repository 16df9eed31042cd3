import * as tf from '@tensorflow/tfjs';
import { type NumericType, sizeOf } from '../backend';
import { copyRun } from './copy';
import { isNumeric, type Kernel, type KernelTable } from './kernel';

const concat: Kernel = ({ list, attrs, backend }) => {
  const first = list[0]!;
  if (!list.every((x) => isNumeric(x) && x.dtype === first.dtype)) return undefined;
  const axis = tf.util.parseAxisParam(attrs.axis as number, first.shape)[0]!;
  const shapes = list.map((x) => x.shape);
  tf.backend_util.assertParamsConsistent(shapes, axis);
  const shape = tf.backend_util.computeOutShape(shapes, axis);
  const { info, values } = backend.fresh(shape, first.dtype as NumericType);
  const outer = sizeOf(shape.slice(0, axis));
  const row = sizeOf(shape.slice(axis));
  let start = 0;
  for (const x of list) {
    const from = backend.values(x);
    const length = sizeOf(x.shape.slice(axis));
    if (length > 0)
      for (let i = 0; i < outer; i++) copyRun(values, i * row + start, from, i * length, length);
    start += length;
  }
  return info;
};

/** Stacks equal tensors along a new axis. */
const pack: Kernel = ({ list, attrs, backend }) => {
  const first = list[0]!;
  if (!list.every((x) => isNumeric(x) && x.dtype === first.dtype)) return undefined;
  if (!list.every((x) => tf.util.arraysEqual(x.shape, first.shape))) return undefined;
  const given = attrs.axis as number;
  const axis = given < 0 ? given + first.shape.length + 1 : given;
  const shape = [...first.shape.slice(0, axis), list.length, ...first.shape.slice(axis)];
  const { info, values } = backend.fresh(shape, first.dtype as NumericType);
  const outer = sizeOf(shape.slice(0, axis));
  const length = sizeOf(first.shape.slice(axis));
  list.forEach((x, k) => {
    const from = backend.values(x);
    for (let i = 0; i < outer; i++) {
      copyRun(values, (i * list.length + k) * length, from, i * length, length);
    }
  });
  return info;
};

export const concatKernels: KernelTable = { Concat: concat, Pack: pack };
