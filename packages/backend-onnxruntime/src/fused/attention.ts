import type * as tf from '@tensorflow/tfjs';
import { type OnnxRuntimeBackend, sizeOf } from '../backend';
import type { Call, Kernel } from '../kernels/kernel';
import { Graph, type Value } from '../onnx/graph';
import { FLOAT, type Operand } from '../ort/runtime';
import { dropoutSigns, type Key, keepScale } from './dropoutBits';

/** Sizes of one attention call. R = H / G query heads read each key-value group. */
interface Sizes {
  readonly batch: number;
  readonly queries: number;
  readonly keys: number;
  readonly heads: number;
  readonly groups: number;
  readonly depth: number;
}

const sizesOf = ({ inputs, attrs }: Call): Sizes => {
  const query = inputs.query!;
  const heads = attrs.heads as number;
  const groups = attrs.keyValueHeads as number;
  const [batch, queries, width] = query.shape as [number, number, number];
  const depth = inputs.keyValue ? width / heads : width / (heads + 2 * groups);
  return { batch, queries, keys: inputs.keyValue?.shape[1] ?? queries, heads, groups, depth };
};

/** Rows [B, T, n, Dh] of one packed tensor as heads, each a stack [B, n_i, T, Dh], in one temporary. */
interface Heads {
  readonly whole: tf.TensorInfo;
  readonly parts: readonly Operand[];
}

/** One piece of an operand's memory. */
const part = (operand: Operand, start: number, shape: readonly number[]): Operand => ({
  data: (operand.data as Float32Array).subarray(start, start + sizeOf(shape)),
  shape,
  type: FLOAT,
});

const splitGraph = (counts: number) => (): Graph => {
  const g = new Graph();
  const x = g.input();
  const rest = g.input(7);
  const pieces = counts === 1 ? [x] : g.many('Split', [x, rest], counts, { axis: 2 });
  for (const piece of pieces) g.output(g.op('Transpose', [piece], { perm: [0, 2, 1, 3] }));
  return g;
};

const splitSizes = (counts: readonly number[]): Operand => ({
  data: BigInt64Array.from(counts, BigInt),
  shape: [counts.length],
  type: 7,
});

/** [B, T, (n_1 + n_2 + ...) Dh] -> [B, n_i, T, Dh] for every i. */
const toHeads = (
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

/** The adjoint of toHeads: [B, n_i, T, Dh] stacks in one temporary -> a new tensor [B, T, sum n_i Dh]. */
const fromHeads = (
  backend: OnnxRuntimeBackend,
  parts: readonly Operand[],
  whole: tf.TensorInfo,
  shape: readonly number[],
): tf.TensorInfo => {
  const [batch, count, time, depth] = parts[0]!.shape as [number, number, number, number];
  const equal = parts.every((piece) => piece.shape[1] === count);
  const total = shape[2]! / depth;
  if (equal) {
    const build = (): Graph => {
      const g = new Graph();
      g.output(g.op('Transpose', [g.input()], { perm: [1, 3, 0, 2, 4] }));
      return g;
    };
    return backend.computeOne(
      'AttentionJoin',
      build,
      [backend.operand(whole, [parts.length, batch, count, time, depth])],
      { shape, graphShape: [batch, time, parts.length, count, depth] },
    );
  }
  const build = (): Graph => {
    const g = new Graph();
    const rows = parts.map(() => g.op('Transpose', [g.input()], { perm: [0, 2, 1, 3] }));
    g.output(g.op('Concat', rows, { axis: 2 }));
    return g;
  };
  return backend.computeOne(`AttentionJoin${parts.length}`, build, parts, {
    shape,
    graphShape: [batch, time, total, depth],
  });
};

/** Query, key and value heads of a call, and what to dispose afterwards. */
const splitInputs = (
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

/** Added to scores that may not be seen. */
const MASKED = -1e9;

/** Query i of Tq sees keys up to i + Tk - Tq. [Tq, Tk] */
const causalMask = (queries: number, keys: number): Operand => {
  const data = new Float32Array(new ArrayBuffer(Math.max(72, 4 * queries * keys)), 0, queries * keys);
  for (let i = 0; i < queries; i++) {
    data.fill(
      MASKED,
      Math.min(i * keys + Math.max(0, i + keys - queries + 1), (i + 1) * keys),
      (i + 1) * keys,
    );
  }
  return { data, shape: [queries, keys], type: FLOAT };
};

interface Form {
  readonly mask: boolean;
  readonly causal: boolean;
  readonly dropout: boolean;
  readonly scale: number;
  readonly keepScale: number;
}

/**
 * softmax(q k^T scale + masks) v. Under dropout what is saved are the probabilities with a minus sign where they
 * are dropped: one tensor then holds both the probabilities (absolute values) and the mask (positive part).
 * q [B, G, R, Tq, Dh], k and v [B, G, 1, Tk, Dh].
 */
const forwardGraph =
  ({ mask, causal, dropout, scale, keepScale }: Form) =>
  (): Graph => {
    const g = new Graph();
    const [q, k, v] = [g.input(), g.input(), g.input()];
    let scores: Value = g.matMul(q, k, { transposeB: true, alpha: scale });
    if (mask) scores = g.op('Add', [scores, g.input()]);
    if (causal) scores = g.op('Add', [scores, g.input()]);
    let saved = g.op('Softmax', [scores], { axis: -1 });
    let used = saved;
    if (dropout) {
      saved = g.op('Mul', [saved, g.input()]);
      used = g.op('Relu', [saved]);
    }
    const y = g.matMul(used, v, { alpha: keepScale });
    g.output(g.op('Transpose', [y], { perm: [0, 3, 1, 2, 4] }));
    g.output(saved);
    return g;
  };

const zeros = (backend: OnnxRuntimeBackend, shape: readonly number[]): tf.TensorInfo => {
  const { info, values } = backend.fresh(shape);
  values.fill(0);
  return info;
};

/** SteadyAttention: [y [B, Tq, H Dh], saved [B, H, Tq, Tk]]. */
export const attention: Kernel = (call) => {
  const { inputs, attrs, backend } = call;
  const sizes = sizesOf(call);
  const { batch, queries, keys, heads, groups, depth } = sizes;
  const shape = [batch, queries, heads * depth];
  const probabilities = [batch, heads, queries, keys];
  if (sizeOf(shape) === 0 || keys === 0) return [zeros(backend, shape), zeros(backend, probabilities)];
  const rate = attrs.dropoutRate as number;
  const { mask } = inputs;
  const form: Form = {
    mask: mask != null,
    causal: attrs.causal === true && queries > 1,
    dropout: rate > 0,
    scale: attrs.scale as number,
    keepScale: keepScale(rate),
  };
  const repeat = heads / groups;
  const { qkv, temporary } = splitInputs(call, sizes);
  const [q, k, v] = qkv as [Operand, Operand, Operand];
  const rows = [batch, groups, repeat, queries];
  const operands: Operand[] = [
    { ...q, shape: [...rows, depth] },
    { ...k, shape: [batch, groups, 1, keys, depth] },
    { ...v, shape: [batch, groups, 1, keys, depth] },
  ];
  if (mask) {
    const [b, h, tq, tk] = mask.shape as [number, number, number, number];
    operands.push(backend.operand(mask, h === 1 ? [b, 1, 1, tq, tk] : [b, groups, repeat, tq, tk]));
  }
  if (form.causal) operands.push(causalMask(queries, keys));
  if (form.dropout) {
    const signs = backend.fresh([...rows, keys]);
    dropoutSigns(attrs.dropoutKey as Key, rate, signs.values);
    temporary.push(signs.info);
    operands.push(backend.operand(signs.info));
  }
  try {
    return backend.compute(
      `SteadyAttention:${JSON.stringify(form)}`,
      forwardGraph(form),
      operands,
      [
        { shape, graphShape: [batch, queries, groups, repeat, depth] },
        { shape: probabilities, graphShape: [...rows, keys] },
      ],
      (sizeOf(probabilities) * depth) / 4,
    );
  } finally {
    for (const info of temporary) backend.disposeData(info.dataId);
  }
};

/**
 * With P the probabilities, M their mask over the keep probability and D = rowsum(dY * Y):
 * dV = (P M)^T dY, dS = P (M dY V^T - D), dQ = dS K scale, dK = dS^T Q scale. All stacks of matrices per key-value
 * group: q, dY [B, G, R Tq, Dh], k, v [B, G, Tk, Dh], saved [B, G, R Tq, Tk].
 */
const gradientGraph = (dropout: boolean, scale: number, keepScale: number) => (): Graph => {
  const g = new Graph();
  const [q, k, v, dy, saved, rowSums] = [g.input(), g.input(), g.input(), g.input(), g.input(), g.input()];
  const kept = dropout ? g.op('Relu', [saved]) : saved;
  const dProduct = g.matMul(dy, v, { transposeB: true, alpha: keepScale });
  const dScores = dropout
    ? g.op('Sub', [g.op('Mul', [kept, dProduct]), g.op('Mul', [g.op('Abs', [saved]), rowSums])])
    : g.op('Mul', [kept, g.op('Sub', [dProduct, rowSums])]);
  g.output(g.matMul(dScores, k, { alpha: scale }));
  g.output(g.matMul(dScores, q, { transposeA: true, alpha: scale }));
  g.output(g.matMul(kept, dy, { transposeA: true, alpha: keepScale }));
  return g;
};

const rowSumGraph = (): Graph => {
  const g = new Graph();
  const sums = g.op('ReduceSum', [g.op('Mul', [g.input(), g.input()]), g.integers(3)], { keepdims: 0 });
  g.output(g.op('Transpose', [sums], { perm: [0, 2, 1] }));
  return g;
};

/** SteadyAttentionGrad: [dQuery] for packed inputs, else [dQuery, dKeyValue]. */
export const attentionGrad: Kernel = (call) => {
  const { inputs, attrs, backend } = call;
  const sizes = sizesOf(call);
  const { batch, queries, keys, heads, groups, depth } = sizes;
  const query = inputs.query!;
  const { keyValue } = inputs;
  if (sizeOf(query.shape) === 0 || keys === 0) {
    return [query, ...(keyValue ? [keyValue] : [])].map((info) => zeros(backend, info.shape));
  }
  const rate = attrs.dropoutRate as number;
  const rows = (heads / groups) * queries;
  const { qkv, temporary } = splitInputs(call, sizes);
  const [q, k, v] = qkv as [Operand, Operand, Operand];
  const split = [batch, queries, heads, depth];
  const dy = toHeads(backend, inputs.dy!, [heads], depth);
  const sums = backend.computeOne(
    'AttentionRowSums',
    rowSumGraph,
    [backend.operand(inputs.dy!, split), backend.operand(inputs.y!, split)],
    { shape: [batch, heads, queries] },
    sizeOf(split),
  );
  temporary.push(dy.whole, sums);
  // The three gradients lie one after the other, ready to be joined.
  const gradients = backend.fresh([sizeOf(split) + 2 * batch * keys * groups * depth]).info;
  temporary.push(gradients);
  const memory = backend.operand(gradients);
  const keyShape = [batch, groups, keys, depth];
  const dq = part(memory, 0, [batch, groups, rows, depth]);
  const dk = part(memory, sizeOf(dq.shape), keyShape);
  const dv = part(memory, sizeOf(dq.shape) + sizeOf(keyShape), keyShape);
  try {
    backend.execute(
      `SteadyAttentionGrad:${rate > 0}:${attrs.scale}:${rate > 0 ? rate : 0}`,
      gradientGraph(rate > 0, attrs.scale as number, keepScale(rate)),
      [
        { ...q, shape: dq.shape },
        { ...k, shape: keyShape },
        { ...v, shape: keyShape },
        { ...dy.parts[0]!, shape: dq.shape },
        backend.operand(inputs.saved!, [batch, groups, rows, keys]),
        backend.operand(sums, [batch, groups, rows, 1]),
      ],
      [dq, dk, dv],
      (batch * heads * queries * keys * depth) / 4,
    );
    const dHeads = { ...dq, shape: [batch, heads, queries, depth] };
    if (keyValue == null) return [fromHeads(backend, [dHeads, dk, dv], gradients, query.shape)];
    return [joinOne(backend, [dHeads], query.shape), joinOne(backend, [dk, dv], keyValue.shape)];
  } finally {
    for (const info of temporary) backend.disposeData(info.dataId);
  }
};

/** fromHeads for parts that lie side by side somewhere inside a temporary. */
const joinOne = (
  backend: OnnxRuntimeBackend,
  parts: readonly Operand[],
  shape: readonly number[],
): tf.TensorInfo => {
  const [batch, count, time, depth] = parts[0]!.shape as [number, number, number, number];
  const first = parts[0]!.data as Float32Array;
  const data = new Float32Array(first.buffer, first.byteOffset, sizeOf(shape));
  const build = (): Graph => {
    const g = new Graph();
    g.output(g.op('Transpose', [g.input()], { perm: [1, 3, 0, 2, 4] }));
    return g;
  };
  return backend.computeOne(
    'AttentionJoin',
    build,
    [{ data, shape: [parts.length, batch, count, time, depth], type: FLOAT }],
    { shape, graphShape: [batch, time, parts.length, count, depth] },
  );
};
