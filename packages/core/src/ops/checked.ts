import type * as tf from '@tensorflow/tfjs';
import {
  check,
  checkInteger,
  checkNumber,
  checkOneOf,
  checkOptions,
  checkRate,
  checkRecord,
  entryOf,
} from '../checks/errors';
import { checkIds, checkTensor } from '../checks/tensors';
import { dropoutFactors as factorsOp, type RandomKey } from '../random/random';
import { addLayerNorm as addLayerNormOp } from './addLayerNorm';
import {
  type AttentionInputs,
  attention as attentionOp,
  type ScoreAttrs,
  attentionWeights as weightsOp,
} from './attention';
import { dropout as dropoutOp } from './dropout';
import { checkBelow, embedding as embeddingOp } from './embedding';
import { type Gate, gated as gatedOp, gates, swish as swishOp } from './gated';
import { layerNorm as layerNormOp, type NormWeights } from './layerNorm';
import { type LinearOptions, linear as linearOp } from './linear';
import {
  sinusoidalPositions as positionsOp,
  SINUSOID_LAYOUTS,
  type SinusoidLayout,
} from './sinusoidalPositions';
import { type CrossEntropy, softmaxCrossEntropy as crossEntropyOp } from './softmaxCrossEntropy';
import { unembed as unembedOp } from './unembed';

// The ops as everyone else calls them: layers, which have checked what they were made of, call those beneath.

/**
 * act(x W + b) over the last axis. x [..., K], weight [K, N]: [..., N].
 * One flat 2-D product each way: tfjs's own broadcast product has a wrong gradient and slow transposed forms.
 *
 * @throws SteadyformerError on tensors of other shapes or types, and on unknown options
 */
export const linear = <R extends tf.Rank>(
  x: tf.Tensor<R>,
  weight: tf.Tensor2D,
  options: LinearOptions = {},
): tf.Tensor<R> => {
  checkTensor('linear() x', x, '[..., inputs]');
  checkTensor('linear() weight', weight, '[inputs, outputs]');
  checkOptions(options, ['bias', 'activation'], 'linear()');
  return linearOp(x, weight, options);
};

/**
 * Logits against an embedding table: x [..., D], table [V, D]: x table^T [..., V].
 *
 * @throws SteadyformerError on tensors of other shapes or types
 */
export const unembed = <R extends tf.Rank>(x: tf.Tensor<R>, table: tf.Tensor2D): tf.Tensor<R> => {
  checkTensor('unembed() x', x, '[..., width]');
  checkTensor('unembed() table', table, '[vocabulary, width]');
  return unembedOp(x, table);
};

/**
 * Rows of a table: ids [B, T] int32, weight [V, D]: [B, T, D]. Throws on an id that is no row. The gradient is a
 * scatter-add of its own: tfjs's needs a kernel that wasm lacks and that costs V x tokens x D on cpu.
 */
export const embedding = (ids: tf.Tensor2D, weight: tf.Tensor2D): tf.Tensor3D => {
  checkIds('embedding() ids', ids);
  checkTensor('embedding() weight', weight, '[vocabulary, width]');
  checkBelow('embedding() id', ids, weight.shape[0]);
  return embeddingOp(ids, weight);
};

/**
 * LN(x) = gain * (x - mean) / sqrt(var + epsilon) + bias over the last axis (Ba et al. 2016). x [..., D]
 *
 * @throws SteadyformerError on tensors of other shapes or types
 */
export const layerNorm = <R extends tf.Rank>(x: tf.Tensor<R>, weights: NormWeights): tf.Tensor<R> => {
  checkTensor('layerNorm() x', x, '[..., width]');
  checkRecord('layerNorm() weights', weights, '{ gain, bias, epsilon }');
  return layerNormOp(x, weights);
};

/**
 * LN(omega * shortcut + branch): the join of a Post-LN residual (omega absent) or of Admin (Liu et al. 2020,
 * section 4), as one op with one set of saved tensors. shortcut, branch [B, T, D]; omega [D].
 *
 * @throws SteadyformerError on tensors of other shapes or types
 */
export const addLayerNorm = (
  shortcut: tf.Tensor3D,
  branch: tf.Tensor3D,
  omega: tf.Tensor1D | undefined,
  weights: NormWeights,
): tf.Tensor3D => {
  checkTensor('addLayerNorm() shortcut', shortcut, '[batch, time, width]');
  checkTensor('addLayerNorm() branch', branch, '[batch, time, width]');
  if (omega !== undefined) checkTensor('addLayerNorm() omega', omega, '[width]');
  checkRecord('addLayerNorm() weights', weights, '{ gain, bias, epsilon }');
  return addLayerNormOp(shortcut, branch, omega, weights);
};

/**
 * x sigmoid(x) (Ramachandran et al. 2017, beta = 1). x [..., N]: as x.
 *
 * @throws SteadyformerError on tensors of other shapes or types
 */
export const swish = <R extends tf.Rank>(x: tf.Tensor<R>): tf.Tensor<R> => {
  checkTensor('swish() x', x, '[..., width]');
  return swishOp(x);
};

/**
 * Gated linear units, act(a) (.) b where a is the first and b the second half of x (Shazeer 2020, eq. 5).
 * x [..., 2 N]: [..., N]
 *
 * @throws SteadyformerError on tensors of other shapes or types, and on an unknown gate
 */
export const gated = <R extends tf.Rank>(x: tf.Tensor<R>, gate: Gate): tf.Tensor<R> => {
  checkTensor('gated() x', x, '[..., width]');
  const width = x.shape[x.rank - 1]!;
  check(width % 2 === 0, 'gated() width of x', width, 'even numbers');
  entryOf(gates, gate, 'gate');
  return gatedOp(x, gate);
};

/**
 * Inverted dropout with seeded bits: x times 0 with probability `rate`, else times 1 / (1 - rate). The mask is a
 * function of the key alone, so the backward pass makes it again instead of keeping it.
 *
 * @throws SteadyformerError on tensors of other shapes or types, and on a rate outside [0, 1)
 */
export const dropout = <R extends tf.Rank>(x: tf.Tensor<R>, rate: number, key: RandomKey): tf.Tensor<R> => {
  checkTensor('dropout() x', x, '[..., width]');
  checkRate('dropout() rate', rate);
  check(key?.length === 2, 'dropout() key', key, 'the key of a stream: randomStream(1).key');
  return dropoutOp(x, rate, key);
};

/**
 * The inverted-dropout factors of a tensor of `count` elements: 0 with probability `rate`, else 1 / (1 - rate).
 * Element i reads 16 bits of word i >> 1: the low half where i is even, the high half where it is odd.
 *
 * @throws SteadyformerError on a rate outside [0, 1)
 */
export const dropoutFactors = (key: RandomKey, count: number, rate: number): Float32Array => {
  check(key?.length === 2, 'dropoutFactors() key', key, 'the key of a stream: randomStream(1).key');
  checkInteger('dropoutFactors() count', count, 0);
  checkRate('dropoutFactors() rate', rate);
  return factorsOp(key, count, rate);
};

const checkInputs = (inputs: AttentionInputs, attrs: ScoreAttrs): void => {
  checkOptions(inputs, ['query', 'keyValue', 'mask', 'bias'], 'attention() inputs');
  const keys = ['heads', 'keyValueHeads', 'scale', 'causal', 'dropoutRate', 'dropoutKey', 'logitCap'];
  checkOptions(attrs, keys, 'attention() attrs');
  checkTensor('attention() query', inputs.query, '[batch, time, features]');
  if (inputs.keyValue) checkTensor('attention() keyValue', inputs.keyValue, '[batch, time, features]');
  checkInteger('attention() heads', attrs.heads);
  checkInteger('attention() keyValueHeads', attrs.keyValueHeads);
  checkRate('attention() dropoutRate', attrs.dropoutRate);
  const { logitCap = 1 } = attrs;
  checkNumber('attention() logitCap', logitCap, 'numbers > 0', (cap) => cap > 0);
};

/**
 * Multi-head scaled dot-product attention, softmax(Q K^T scale + mask + bias) V (Vaswani et al. 2017, eq. 1), with
 * dropout on the probabilities. Returns [B, Tq, H Dh]. G < H key-value heads make it grouped-query.
 *
 * @throws SteadyformerError on tensors of other shapes or types, and on attributes that do not fit them
 */
export const attention = (inputs: AttentionInputs, attrs: ScoreAttrs): tf.Tensor3D => {
  checkInputs(inputs, attrs);
  return attentionOp(inputs, attrs);
};

/**
 * The attention probabilities themselves, [B, H, Tq, Tk], without dropout: for looking, not for training.
 *
 * @throws SteadyformerError on tensors of other shapes or types
 */
export const attentionWeights = (inputs: AttentionInputs, attrs: ScoreAttrs): tf.Tensor4D => {
  checkInputs(inputs, attrs);
  return weightsOp(inputs, attrs);
};

/**
 * Label-smoothed cross-entropy a row (Szegedy et al. 2016, in fairseq's form, which the paper's recipes use):
 * loss = (1 - s) nll + (s / V) sum_v -log p_v. logits [M, V], labels [M] int32, smoothing s in [0, 1). Throws on other
 * shapes, and on a label that is no column wherever labels can be read at no cost.
 */
export const softmaxCrossEntropy = (
  logits: tf.Tensor2D,
  labels: tf.Tensor1D,
  smoothing = 0,
): CrossEntropy => {
  const op = 'softmaxCrossEntropy()';
  checkTensor(`${op} logits`, logits, '[rows, vocabulary]');
  checkTensor(`${op} labels`, labels, '[rows]', 'int32');
  const [rows, vocabulary] = logits.shape;
  check(labels.size === rows, `${op} labels`, labels, `as many as the ${rows} rows of the logits`);
  checkRate(`${op} smoothing`, smoothing);
  checkBelow(`${op} label`, labels, vocabulary);
  return crossEntropyOp(logits, labels, smoothing);
};

/**
 * Sinusoidal position vectors; row t is position `offset` + t. Returns [length, width].
 *
 * @throws SteadyformerError on a length or width that is no whole number, and on an unknown layout
 */
export const sinusoidalPositions = (
  length: number,
  width: number,
  offset = 0,
  layout: SinusoidLayout = 'halves',
): tf.Tensor2D => {
  checkInteger('sinusoidalPositions() length', length);
  checkInteger('sinusoidalPositions() width', width);
  checkOneOf('sinusoidalPositions() layout', layout, SINUSOID_LAYOUTS);
  return positionsOp(length, width, offset, layout);
};
