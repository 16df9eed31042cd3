import type * as tf from '@tensorflow/tfjs';
import { type NumericType, type OnnxRuntimeBackend, sizeOf } from '../backend';
import { Graph } from '../onnx/graph';
import { FLOAT, UINT8 } from '../ort/runtime';
import { isNumeric, type Kernel, type KernelTable, worthwhile } from './kernel';

const LEAST = 24;

interface Permutation {
  readonly shape: number[];
  readonly permutation: number[];
}

/** A permutation without axes of size 1, and with axes merged that stay neighbours. */
export const simplifyPermutation = (
  shape: readonly number[],
  permutation: readonly number[],
): Permutation => {
  // Runs of source axes that appear in order, listed in the order of the result.
  const runs: number[][] = [];
  const next = (axis: number): number => {
    let following = axis + 1;
    while (following < shape.length && shape[following] === 1) following++;
    return following;
  };
  for (const axis of permutation) {
    if (shape[axis] === 1) continue;
    const run = runs.at(-1);
    if (run != null && next(run.at(-1)!) === axis) run.push(axis);
    else runs.push([axis]);
  }
  const sorted = [...runs].sort((a, b) => a[0]! - b[0]!);
  return {
    shape: sorted.map((run) => sizeOf(run.map((axis) => shape[axis]!))),
    permutation: runs.map((run) => sorted.indexOf(run)),
  };
};

const native = (
  backend: OnnxRuntimeBackend,
  x: tf.TensorInfo,
  shape: readonly number[],
  simple: Permutation,
): tf.TensorInfo => {
  const element = x.dtype === 'bool' ? UINT8 : FLOAT;
  const build = (): Graph => {
    const g = new Graph();
    g.output(g.op('Transpose', [g.input(element)], { perm: simple.permutation }), element);
    return g;
  };
  const fresh = backend.fresh(shape, x.dtype as NumericType);
  const outputShape = simple.permutation.map((axis) => simple.shape[axis]!);
  backend.execute(
    `Transpose${element}:${simple.permutation}`,
    build,
    [backend.bits(x, simple.shape)],
    [backend.bits(fresh.info, outputShape)],
    sizeOf(shape),
  );
  return fresh.info;
};

/** A new tensor of the axes in another order. */
export const transposed = (
  backend: OnnxRuntimeBackend,
  x: tf.TensorInfo,
  perm: readonly number[],
): tf.TensorInfo => {
  const shape = perm.map((axis) => x.shape[axis]!);
  if (sizeOf(shape) === 0) return backend.fresh(shape, x.dtype as NumericType).info;
  const simple = simplifyPermutation(x.shape, perm);
  return simple.permutation.length <= 1 ? backend.share(x, shape) : native(backend, x, shape, simple);
};

const transpose: Kernel = ({ inputs, attrs, backend }) => {
  const x = inputs.x!;
  const perm = attrs.perm as number[];
  const size = sizeOf(x.shape);
  if (!isNumeric(x) || size === 0) return undefined;
  const shape = perm.map((axis) => x.shape[axis]!);
  const simple = simplifyPermutation(x.shape, perm);
  // Nothing moves: the data can be shared.
  if (simple.permutation.length <= 1) return backend.share(x, shape);
  return worthwhile(backend, size, LEAST) ? native(backend, x, shape, simple) : undefined;
};

export const transposeKernels: KernelTable = { Transpose: transpose };
