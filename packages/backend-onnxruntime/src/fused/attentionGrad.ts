import { sizeOf } from '../backend';
import type { Kernel } from '../kernels/kernel';
import { Graph } from '../onnx/graph';
import type { Operand } from '../ort/runtime';
import { attentionGradByKernels } from './attentionByKernels';
import { expectShape } from './contract';
import { keepScale } from './dropoutBits';
import { joinHeads, part, sizesOf, splitInputs, toHeads, zeros } from './heads';

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
  const name = 'SteadyAttentionGrad';
  const sizes = sizesOf(name, call);
  const { batch, queries, keys, heads, groups, depth } = sizes;
  for (const input of ['dy', 'y']) expectShape(name, call, input, [batch, queries, heads * depth]);
  expectShape(name, call, 'saved', [batch, heads, queries, keys]);
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
  temporary.push(dy.whole);
  // The three gradients lie one after the other, ready to be joined.
  const gradients = backend.fresh([sizeOf(split) + 2 * batch * keys * groups * depth]).info;
  temporary.push(gradients);
  const memory = backend.operand(gradients);
  const keyShape = [batch, groups, keys, depth];
  const dq = part(memory, 0, [batch, groups, rows, depth]);
  const dk = part(memory, sizeOf(dq.shape), keyShape);
  const dv = part(memory, sizeOf(dq.shape) + sizeOf(keyShape), keyShape);
  const stacks = {
    q: { ...q, shape: dq.shape },
    k: { ...k, shape: keyShape },
    v: { ...v, shape: keyShape },
    dy: { ...dy.parts[0]!, shape: dq.shape },
  };
  try {
    if (!attentionGradByKernels(call, sizes, stacks, [dq, dk, dv])) {
      const sums = backend.computeOne(
        'AttentionRowSums',
        rowSumGraph,
        [backend.operand(inputs.dy!, split), backend.operand(inputs.y!, split)],
        { shape: [batch, heads, queries] },
        sizeOf(split),
      );
      temporary.push(sums);
      backend.execute(
        `SteadyAttentionGrad:${rate > 0}:${attrs.scale}:${rate > 0 ? rate : 0}`,
        gradientGraph(rate > 0, attrs.scale as number, keepScale(rate)),
        [
          ...[stacks.q, stacks.k, stacks.v, stacks.dy],
          backend.operand(inputs.saved!, [batch, groups, rows, keys]),
          backend.operand(sums, [batch, groups, rows, 1]),
        ],
        [dq, dk, dv],
        (batch * heads * queries * keys * depth) / 4,
      );
    }
    const dHeads = { ...dq, shape: [batch, heads, queries, depth] };
    if (keyValue == null) return [joinHeads(backend, [dHeads, dk, dv], query.shape)];
    return [joinHeads(backend, [dHeads], query.shape), joinHeads(backend, [dk, dv], keyValue.shape)];
  } finally {
    for (const info of temporary) backend.disposeData(info.dataId);
  }
};
