import * as tf from '@tensorflow/tfjs';
import { type AttentionAttrs, type FusedKernels, type KernelForm, kernelOr } from '../backend/kernels';
import { differentiable } from './differentiable';
import { dropoutMask } from './dropout';

/** Tensors that the op `attention` reads. */
export interface AttentionInputs {
  /** [B, Tq, H Dh]; without keyValue packed as query, key, value: [B, T, (H + 2 G) Dh]. */
  readonly query: tf.Tensor3D;
  /** Packed as key, value: [B, Tk, 2 G Dh]. */
  readonly keyValue?: tf.Tensor3D | undefined;
  /** Added to the scores; broadcasts to [B, H, Tq, Tk]. */
  readonly mask?: tf.Tensor4D | undefined;
  /** Added to the scores as well, and trained. [1, H, Tq, Tk] */
  readonly bias?: tf.Tensor4D | undefined;
}

/** Attributes of the op: a cap is not for kernels, which know none. */
export interface ScoreAttrs extends AttentionAttrs {
  /** c: scores s become c tanh(s / c) before any mask. Default none. */
  readonly logitCap?: number;
}

/** What a masked score is set to: exp of it is 0 in float32, and a fully masked row stays finite. */
export const MASKED = -1e9;

/**
 * Multi-head scaled dot-product attention, softmax(Q K^T scale + mask + bias) V (Vaswani et al. 2017, eq. 1), with
 * dropout on the probabilities. Returns [B, Tq, H Dh]. G < H key-value heads make it grouped-query.
 */
export const attention = (inputs: AttentionInputs, attrs: ScoreAttrs): tf.Tensor3D => {
  const { query, keyValue, mask, bias } = inputs;
  // Kernels know masks that all heads share, no bias and no cap.
  const composed = bias !== undefined || attrs.logitCap !== undefined || (mask?.shape[1] ?? 1) > 1;
  const forward = composed ? composedAttention : kernelOr('SteadyAttention', composedAttention);
  const backward = composed
    ? (again: GradientInputs) => gradients(again, attrs, bias !== undefined)
    : kernelOr('SteadyAttentionGrad', composedAttentionGrad);
  return differentiable<tf.Tensor3D>(
    [query, ...(keyValue ? [keyValue] : []), ...(bias ? [bias] : [])],
    (save) => {
      const [y, saved] = forward(inputs, attrs);
      save([query, y!, saved!, ...(keyValue ? [keyValue] : []), ...(mask ? [mask] : [])]);
      return y as tf.Tensor3D;
    },
    (dy, [savedQuery, y, saved, ...rest]) => {
      const again = {
        dy,
        query: savedQuery as tf.Tensor3D,
        keyValue: keyValue && (rest[0] as tf.Tensor3D),
        mask: mask && (rest.at(-1) as tf.Tensor4D),
        y: y as tf.Tensor3D,
        saved: saved!,
      };
      return backward(again, attrs);
    },
  );
};

type GradientInputs = FusedKernels['SteadyAttentionGrad']['inputs'];

interface Heads {
  /** [B, H, Tq, Dh] */
  readonly q: tf.Tensor4D;
  /** [B, H, Tk, Dh], groups repeated. */
  readonly k: tf.Tensor4D;
  readonly v: tf.Tensor4D;
}

/** [B, T, n Dh] -> [B, n, T, Dh] */
const toHeads = (x: tf.Tensor3D, heads: number): tf.Tensor4D => {
  const [batch, time, width] = x.shape;
  return tf.transpose(tf.reshape(x, [batch, time, heads, width / heads]), [0, 2, 1, 3]);
};

/** [B, n, T, Dh] -> [B, T, n Dh] */
const fromHeads = (x: tf.Tensor4D): tf.Tensor3D => {
  const [batch, heads, time, width] = x.shape;
  return tf.reshape(tf.transpose(x, [0, 2, 1, 3]), [batch, time, heads * width]);
};

/** [B, G, T, Dh] -> [B, H, T, Dh]: each group serves H / G heads in a row. */
const repeatGroups = (x: tf.Tensor4D, heads: number): tf.Tensor4D => {
  const [batch, groups, time, width] = x.shape;
  if (groups === heads) return x;
  const tiled = tf.tile(tf.reshape(x, [batch, groups, 1, time, width]), [1, 1, heads / groups, 1, 1]);
  return tf.reshape(tiled, [batch, heads, time, width]);
};

/** The adjoint of repeatGroups. */
const sumGroups = (x: tf.Tensor4D, groups: number): tf.Tensor4D => {
  const [batch, heads, time, width] = x.shape;
  if (groups === heads) return x;
  return tf.sum(tf.reshape(x, [batch, groups, heads / groups, time, width]), 2);
};

const splitHeads = ({ query, keyValue }: AttentionInputs, attrs: AttentionAttrs): Heads => {
  const { heads, keyValueHeads: groups } = attrs;
  const depth = keyValue ? query.shape[2] / heads : query.shape[2] / (heads + 2 * groups);
  const parts = keyValue
    ? [query, ...tf.split<tf.Tensor3D>(keyValue, 2, 2)]
    : tf.split<tf.Tensor3D>(query, [heads * depth, groups * depth, groups * depth], 2);
  const [q, k, v] = parts;
  return {
    q: toHeads(q!, heads),
    k: repeatGroups(toHeads(k!, groups), heads),
    v: repeatGroups(toHeads(v!, groups), heads),
  };
};

/** Position i of Tq queries sees keys up to i + Tk - Tq. [1, 1, Tq, Tk] */
const causalMask = (queries: number, keys: number): tf.Tensor4D => {
  const values = new Float32Array(queries * keys);
  for (let i = 0; i < queries; i++) {
    for (let j = i + keys - queries + 1; j < keys; j++) values[i * keys + j] = MASKED;
  }
  return tf.tensor4d(values, [1, 1, queries, keys]);
};

/** tanh(Q K^T scale / c), which a cap c multiplies: [B, H, Tq, Tk] */
const capped = ({ q, k }: Heads, scale: number, cap: number): tf.Tensor4D =>
  tf.tanh(tf.mul<tf.Tensor4D>(tf.matMul(q, k, false, true), scale / cap));

/** Q K^T scale, capped where there is a cap, + masks + bias: [B, H, Tq, Tk] */
const scoresOf = (
  heads: Heads,
  { mask, bias }: AttentionInputs,
  { scale, causal, logitCap }: ScoreAttrs,
): tf.Tensor4D => {
  const { q, k } = heads;
  let scores: tf.Tensor4D =
    logitCap === undefined
      ? tf.mul(tf.matMul(q, k, false, true), scale)
      : tf.mul(capped(heads, scale, logitCap), logitCap);
  if (mask) scores = tf.add(scores, mask);
  if (bias) scores = tf.add(scores, bias);
  if (causal && q.shape[2] > 1) scores = tf.add(scores, causalMask(q.shape[2], k.shape[2]));
  return scores;
};

/** softmax(Q K^T scale + masks + bias): [B, H, Tq, Tk] */
const probabilities = (heads: Heads, inputs: AttentionInputs, attrs: ScoreAttrs): tf.Tensor4D =>
  tf.softmax(scoresOf(heads, inputs, attrs), 3);

const droppedOut = (p: tf.Tensor4D, { dropoutRate, dropoutKey }: AttentionAttrs): tf.Tensor4D =>
  dropoutRate > 0 ? tf.mul(p, dropoutMask(p.shape, dropoutRate, dropoutKey)) : p;

/** Y = drop(P) V, P = softmax(Q K^T scale + masks + bias): [Y [B, Tq, H Dh], P [B, H, Tq, Tk]] */
export const composedAttention = (inputs: AttentionInputs, attrs: ScoreAttrs): tf.Tensor[] => {
  const heads = splitHeads(inputs, attrs);
  const p = probabilities(heads, inputs, attrs);
  return [fromHeads(tf.matMul<tf.Tensor4D>(droppedOut(p, attrs), heads.v)), p];
};

/** [dQuery, dKeyValue?] of composedAttention, whose P is `saved`, laid out as query and keyValue are. */
export const composedAttentionGrad: KernelForm<'SteadyAttentionGrad'> = (inputs, attrs) =>
  gradients(inputs, attrs, false);

/**
 * dV = drop(P)^T dY, dP = drop(dY V^T), dS = P (dP - sum_j dP P), dQ = scale dS K, dK = scale dS^T Q, those of keys and
 * values summed over the heads of a group, dBias = sum_b dS: [dQuery, dKeyValue?, dBias?]. With a cap, scale is times
 * 1 - tanh^2.
 */
const gradients = (
  { dy, saved, query, keyValue }: GradientInputs,
  attrs: ScoreAttrs,
  biased: boolean,
): tf.Tensor[] => {
  const p = saved as tf.Tensor4D;
  const heads = splitHeads({ query, keyValue }, attrs);
  const { q, k, v } = heads;
  const { keyValueHeads: groups, scale, logitCap } = attrs;
  const dHeads: tf.Tensor4D = toHeads(dy, attrs.heads);
  const dV = tf.matMul<tf.Tensor4D>(droppedOut(p, attrs), dHeads, true, false);
  const dP = droppedOut(tf.matMul<tf.Tensor4D>(dHeads, v, false, true), attrs);
  const dSum = tf.mul(p, tf.sub(dP, tf.sum(tf.mul(dP, p), 3, true)));
  const slope = logitCap && tf.sub(1, tf.square(capped(heads, scale, logitCap)));
  const dScores = tf.mul<tf.Tensor4D>(slope ? tf.mul(dSum, slope) : dSum, scale);
  const dQ = fromHeads(tf.matMul<tf.Tensor4D>(dScores, k));
  const dK = fromHeads(sumGroups(tf.matMul<tf.Tensor4D>(dScores, q, true, false), groups));
  const dValue = fromHeads(sumGroups(dV, groups));
  const dInputs = keyValue ? [dQ, tf.concat([dK, dValue], 2)] : [tf.concat([dQ, dK, dValue], 2)];
  return biased ? [...dInputs, tf.sum(dSum, 0, true)] : dInputs;
};

/** What the softmax of attention is taken of, [B, H, Tq, Tk]: for looking, as `attentionWeights`. */
export const scoresOfAttention = (inputs: AttentionInputs, attrs: ScoreAttrs): tf.Tensor4D =>
  tf.tidy(() => scoresOf(splitHeads(inputs, attrs), inputs, attrs));

/** The attention probabilities themselves, [B, H, Tq, Tk], without dropout: for looking, not for training. */
export const attentionWeights = (inputs: AttentionInputs, attrs: ScoreAttrs): tf.Tensor4D =>
  tf.tidy(() => probabilities(splitHeads(inputs, attrs), inputs, attrs));
