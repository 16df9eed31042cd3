import type * as tf from '@tensorflow/tfjs';
import type { Call } from '../kernels/kernel';
import { Graph } from '../onnx/graph';
import type { Operand } from '../ort/runtime';
import { DRAWS, type Key, keepScale, thresholdOf } from './dropoutBits';
import { type Sizes, stridesOf } from './heads';

/** Element operations of one product of attention, for the choice of threads. */
const workOf = ({ batch, heads, queries, keys, depth }: Sizes): number =>
  (batch * heads * queries * keys * depth) / 8;

const scoresGraph = (scale: number) => (): Graph => {
  const g = new Graph();
  g.output(g.matMul(g.input(), g.input(), { transposeB: true, alpha: scale }));
  return g;
};

const valuesGraph = (scale: number) => (): Graph => {
  const g = new Graph();
  const y = g.matMul(g.input(), g.input(), { alpha: scale });
  g.output(g.op('Transpose', [y], { perm: [0, 3, 1, 2, 4] }));
  return g;
};

/**
 * Attention as two products with one pass between them (attentionSoftmax.as), which draws the random bits of dropout
 * where they are used: there is no mask of [Tq, Tk]. Without dropout the graph's own softmax is faster, so that this
 * runs only where `independent` is asked: results that do not depend on the keys of no weight behind the others.
 * q [B, G, R, Tq, Dh], k and v [B, G, 1, Tk, Dh]; [y, saved] as the graph gives, undefined where kernels do not run.
 */
export const attentionByKernels = (
  { inputs, attrs, backend }: Call,
  sizes: Sizes,
  [q, k, v]: readonly [Operand, Operand, Operand],
): [y: tf.TensorInfo, saved: tf.TensorInfo] | undefined => {
  const { batch, heads, groups, queries, keys, depth } = sizes;
  const { mask } = inputs;
  const rate = attrs.dropoutRate as number;
  const threshold = thresholdOf(rate);
  const dropped = rate > 0;
  if (!dropped && attrs.independent !== true) return undefined;
  if (!backend.hasNatives || threshold >= DRAWS || (mask != null && mask.shape[3] !== keys)) return undefined;
  const scale = attrs.scale as number;
  const scores = [batch, groups, heads / groups, queries, keys];
  const saved = backend.fresh([batch, heads, queries, keys]);
  const used = backend.fresh(dropped ? scores : [0]);
  const product = backend.operand(saved.info, scores);
  backend.execute(`SteadyAttentionScores:${scale}`, scoresGraph(scale), [q, k], [product], workOf(sizes));
  const added = mask == null ? [] : [backend.values(mask)];
  const operands = { reads: added, writes: dropped ? [used.values] : [], updates: [saved.values] };
  const done = backend.native(operands, (kernels, at) => {
    kernels.attentionSoftmax(
      at(saved.values),
      batch,
      heads,
      queries,
      keys,
      attrs.causal === true,
      mask != null,
      mask == null ? 0 : at(added[0]!),
      ...stridesOf(mask?.shape),
      dropped,
      ...(attrs.dropoutKey as Key),
      threshold,
      dropped ? at(used.values) : 0,
    );
  });
  if (!done) {
    for (const { info } of [saved, used]) backend.disposeData(info.dataId);
    return undefined;
  }
  const kept = keepScale(rate);
  const y = backend.computeOne(
    `SteadyAttentionValues:${kept}`,
    valuesGraph(kept),
    [dropped ? backend.operand(used.info) : product, v],
    { shape: [batch, queries, heads * depth], graphShape: [batch, queries, groups, heads / groups, depth] },
    workOf(sizes),
  );
  backend.disposeData(used.info.dataId);
  return [y, saved.info];
};

const gradientsGraph = (scale: number, keepScale: number) => (): Graph => {
  const g = new Graph();
  const [dScores, used, q, k, dy] = [g.input(), g.input(), g.input(), g.input(), g.input()];
  g.output(g.matMul(dScores, k, { alpha: scale }));
  g.output(g.matMul(dScores, q, { transposeA: true, alpha: scale }));
  g.output(g.matMul(used, dy, { transposeA: true, alpha: keepScale }));
  return g;
};

/**
 * The gradients of query, key and value heads, into `outputs`, by four products with one pass over the scores after the
 * first; false, with nothing done, where kernels do not run. Shapes as in attentionGrad.ts.
 */
export const attentionGradByKernels = (
  { inputs, attrs, backend }: Call,
  sizes: Sizes,
  { q, k, v, dy }: Readonly<Record<'q' | 'k' | 'v' | 'dy', Operand>>,
  outputs: readonly Operand[],
): boolean => {
  if (!backend.hasNatives) return false;
  const { batch, groups, heads, queries, keys } = sizes;
  const rate = attrs.dropoutRate as number;
  const dropped = rate > 0;
  const scale = attrs.scale as number;
  const kept = keepScale(dropped ? rate : 0);
  const rows = batch * heads * queries;
  const shape = [batch, groups, (heads / groups) * queries, keys];
  const saved = backend.values(inputs.saved!);
  const d = backend.fresh(shape);
  const used = backend.fresh(dropped ? shape : [0]);
  const product = backend.operand(d.info);
  backend.execute(`SteadyAttentionScores:${kept}`, scoresGraph(kept), [dy, v], [product], workOf(sizes));
  const operands = { reads: [saved], writes: dropped ? [used.values] : [], updates: [d.values] };
  const done = backend.native(operands, (kernels, at) => {
    kernels.attentionSoftmaxGrad(at(saved), at(d.values), rows, keys, dropped, dropped ? at(used.values) : 0);
  });
  if (done) {
    const probabilities = backend.operand(dropped ? used.info : inputs.saved!, shape);
    const all = [product, probabilities, q, k, dy];
    const name = `SteadyAttentionGradients:${scale}:${kept}`;
    backend.execute(name, gradientsGraph(scale, kept), all, outputs, 3 * workOf(sizes));
  }
  for (const { info } of [d, used]) backend.disposeData(info.dataId);
  return done;
};
