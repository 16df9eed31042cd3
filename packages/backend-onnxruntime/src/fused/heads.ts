import type * as tf from '@tensorflow/tfjs';
import { type OnnxRuntimeBackend, sizeOf } from '../backend';
import { OnnxRuntimeError } from '../errors';
import type { Call } from '../kernels/kernel';
import { Graph } from '../onnx/graph';
import { FLOAT, INT64, type Operand } from '../ort/runtime';
import { expectShape, expectShapeIfAny } from './contract';

/** Sizes of one attention call. R = H / G query heads read each key-value group. */
export interface Sizes {
  readonly batch: number;
  readonly queries: number;
  readonly keys: number;
  readonly heads: number;
  readonly groups: number;
  readonly depth: number;
}

/**
 * The sizes of a call, its inputs held to the contract.
 *
 * @throws OnnxRuntimeError on shapes that do not belong together.
 */
export const sizesOf = (kernel: string, call: Call): Sizes => {
  const { inputs, attrs } = call;
  expectShape(kernel, call, 'query', [null, null, null]);
  const heads = attrs.heads as number;
  const groups = attrs.keyValueHeads as number;
  const [batch, queries, width] = inputs.query!.shape as [number, number, number];
  const depth = inputs.keyValue ? width / heads : width / (heads + 2 * groups);
  if (!Number.isInteger(heads / groups) || !Number.isInteger(depth)) {
    throw new OnnxRuntimeError(
      `${kernel} query: received width ${width}, allowed a multiple of the ${heads} heads and ${groups} groups, which divide them.`,
    );
  }
  expectShapeIfAny(kernel, call, 'keyValue', [batch, null, 2 * groups * depth]);
  const keys = inputs.keyValue?.shape[1] ?? queries;
  const { mask } = inputs;
  if (mask != null) {
    const whole = [batch, heads, queries, keys];
    expectShape(
      kernel,
      call,
      'mask',
      whole.map((size, axis) => (mask.shape[axis] === 1 ? 1 : size)),
    );
  }
  return { batch, queries, keys, heads, groups, depth };
};

/** Elements a step along the first three axes of a mask [B, H, Tq, Tk], 0 along those that it has once. */
export const stridesOf = (
  shape: readonly number[] = [1, 1, 1, 1],
): [ofBatch: number, ofHead: number, ofQuery: number] => {
  const [b, h, q, keys] = shape as [number, number, number, number];
  return [b > 1 ? h * q * keys : 0, h > 1 ? q * keys : 0, q > 1 ? keys : 0];
};

/** Rows [B, T, n, Dh] of one packed tensor as heads, each a stack [B, n_i, T, Dh], in one temporary. */
export interface Heads {
  readonly whole: tf.TensorInfo;
  readonly parts: readonly Operand[];
}

/** One piece of an operand's memory. */
export const part = (operand: Operand, start: number, shape: readonly number[]): Operand => ({
  data: (operand.data as Float32Array).subarray(start, start + sizeOf(shape)),
  shape,
  type: FLOAT,
});

const splitGraph = (counts: number) => (): Graph => {
  const g = new Graph();
  const x = g.input();
  const rest = g.input(INT64);
  const pieces = counts === 1 ? [x] : g.many('Split', [x, rest], counts, { axis: 2 });
  for (const piece of pieces) g.output(g.op('Transpose', [piece], { perm: [0, 2, 1, 3] }));
  return g;
};

const splitSizes = (counts: readonly number[]): Operand => ({
  data: BigInt64Array.from(counts, BigInt),
  shape: [counts.length],
  type: INT64,
});

/** [B, T, (n_1 + n_2 + ...) Dh] -> [B, n_i, T, Dh] for every i. */
export const toHeads = (
  backend: OnnxRuntimeBackend,
  x: tf.TensorInfo,
  counts: readonly number[],
  depth: number,
): Heads => {
  const [batch, time] = x.shape as [number, number];
  const whole = backend.fresh([sizeOf(x.shape)]).info;
  const memory = backend.operand(whole);
  const total = counts.reduce((sum, n) => sum + n, 0);
  const equal = counts.length > 1 && counts.every((n) => n === counts[0]);
  let start = 0;
  const parts = counts.map((n) => {
    const piece = part(memory, start, [batch, n, time, depth]);
    start += sizeOf(piece.shape);
    return piece;
  });
  if (equal) {
    // One transposition [B, T, parts, n, Dh] -> [parts, B, n, T, Dh].
    const shape = [batch, time, counts.length, counts[0]!, depth];
    const build = (): Graph => {
      const g = new Graph();
      g.output(g.op('Transpose', [g.input()], { perm: [2, 0, 3, 1, 4] }));
      return g;
    };
    const out = { ...memory, shape: [counts.length, batch, counts[0]!, time, depth] };
    backend.execute('AttentionSplit', build, [backend.operand(x, shape)], [out], sizeOf(x.shape));
  } else {
    const inputs = [backend.operand(x, [batch, time, total, depth]), splitSizes(counts)];
    backend.execute(
      `AttentionSplit${counts.length}`,
      splitGraph(counts.length),
      inputs,
      parts,
      sizeOf(x.shape),
    );
  }
  return { whole, parts };
};

/**
 * The adjoint of toHeads: stacks [B, n_i, T, Dh] that lie one after the other in memory become a new tensor
 * [B, T, sum n_i Dh] of `shape`.
 */
export const joinHeads = (
  backend: OnnxRuntimeBackend,
  parts: readonly Operand[],
  shape: readonly number[],
): tf.TensorInfo => {
  const [batch, count, time, depth] = parts[0]!.shape as [number, number, number, number];
  if (parts.every((piece) => piece.shape[1] === count)) {
    const first = parts[0]!.data as Float32Array;
    const data = new Float32Array(first.buffer, first.byteOffset, sizeOf(shape));
    const build = (): Graph => {
      const g = new Graph();
      g.output(g.op('Transpose', [g.input()], { perm: [1, 3, 0, 2, 4] }));
      return g;
    };
    const whole: Operand = { data, shape: [parts.length, batch, count, time, depth], type: FLOAT };
    const graphShape = [batch, time, parts.length, count, depth];
    return backend.computeOne('AttentionJoin', build, [whole], { shape, graphShape });
  }
  const build = (): Graph => {
    const g = new Graph();
    const rows = parts.map(() => g.op('Transpose', [g.input()], { perm: [0, 2, 1, 3] }));
    g.output(g.op('Concat', rows, { axis: 2 }));
    return g;
  };
  const graphShape = [batch, time, shape[2]! / depth, depth];
  return backend.computeOne(`AttentionJoin${parts.length}`, build, parts, { shape, graphShape });
};

/** Query, key and value heads of a call, and what to dispose afterwards. */
export const splitInputs = (
  { inputs, backend }: Call,
  sizes: Sizes,
): { qkv: Operand[]; temporary: tf.TensorInfo[] } => {
  const { heads, groups, depth } = sizes;
  const { keyValue } = inputs;
  if (keyValue == null) {
    const packed = toHeads(backend, inputs.query!, [heads, groups, groups], depth);
    return { qkv: [...packed.parts], temporary: [packed.whole] };
  }
  const query = toHeads(backend, inputs.query!, [heads], depth);
  const keysAndValues = toHeads(backend, keyValue, [groups, groups], depth);
  return { qkv: [...query.parts, ...keysAndValues.parts], temporary: [query.whole, keysAndValues.whole] };
};

/** A new tensor of zeros. */
export const zeros = (backend: OnnxRuntimeBackend, shape: readonly number[]): tf.TensorInfo => {
  const { info, values } = backend.fresh(shape);
  values.fill(0);
  return info;
};
