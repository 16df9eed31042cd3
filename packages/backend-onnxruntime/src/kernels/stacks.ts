import * as tf from '@tensorflow/tfjs';
import type { NumericType, OnnxRuntimeBackend } from '../backend';
import { copyBox, stridesOf } from './copy';
import { type Call, isNumeric, type Result } from './kernel';

const stackOf = (info: tf.TensorInfo): number[] => info.shape.slice(0, -2);

const withoutLeadingOnes = (shape: readonly number[]): readonly number[] => {
  const first = shape.findIndex((size) => size !== 1);
  return first < 0 ? [] : shape.slice(first);
};

/**
 * Whether tfjs's cpu kernel pairs the matrices of two stacks rightly: it takes matrix i modulo each stack's number of
 * matrices, which is right only where the shorter stack repeats within the other.
 */
const repeats = (a: readonly number[], b: readonly number[]): boolean => {
  const [long, short] = [a, b].map(withoutLeadingOnes).sort((x, y) => y.length - x.length);
  return short!.length === 0 || tf.util.arraysEqual([...short!], long!.slice(-short!.length));
};

/** The stack of matrices written out to another stack's shape that it broadcasts to. */
const writtenOut = (
  backend: OnnxRuntimeBackend,
  x: tf.TensorInfo,
  stack: readonly number[],
): tf.TensorInfo => {
  const shape = [...stack, ...x.shape.slice(-2)];
  const { info, values } = backend.fresh(shape, x.dtype as NumericType);
  const missing = shape.length - x.shape.length;
  const own = stridesOf(x.shape);
  const strides = shape.map((_, axis) =>
    axis < missing || (axis < stack.length && x.shape[axis - missing] === 1) ? 0 : own[axis - missing]!,
  );
  copyBox(
    { values, strides: stridesOf(shape), start: 0 },
    { values: backend.values(x), strides, start: 0 },
    shape,
  );
  return info;
};

/** tfjs's cpu kernel for a product of stacks, which is given stacks of one shape where it would pair them wrongly. */
export const plainProduct = (call: Call): Result => {
  const { inputs, backend } = call;
  const a = inputs.a!;
  const b = inputs.b!;
  if (!isNumeric(a) || !isNumeric(b) || repeats(stackOf(a), stackOf(b))) return call.plain();
  const stack = tf.backend_util.assertAndGetBroadcastShape(stackOf(a), stackOf(b));
  const whole = { a: writtenOut(backend, a, stack), b: writtenOut(backend, b, stack) };
  const result = call.plain({ inputs: whole });
  for (const info of Object.values(whole)) backend.disposeData(info.dataId);
  return result;
};
