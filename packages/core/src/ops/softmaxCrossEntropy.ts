import * as tf from '@tensorflow/tfjs';
import { can } from '../backend/capabilities';
import { type KernelForm, kernelOr } from '../backend/kernels';
import { differentiable } from './differentiable';
import { masked } from './masked';

/** What `softmaxCrossEntropy` gives, a row of logits each. */
export interface CrossEntropy {
  /** Label-smoothed loss a row, [M]; differentiable. */
  readonly loss: tf.Tensor1D;
  /** Negative log-likelihood a row, [M]; no gradient. */
  readonly nll: tf.Tensor1D;
}

/**
 * Label-smoothed cross-entropy a row (Szegedy et al. 2016, in fairseq's form, which the paper's recipes use):
 * loss = (1 - s) nll + (s / V) sum_v -log p_v. logits [M, V], labels [M] int32, smoothing s in [0, 1). A logit of
 * -Infinity is a token that cannot be: the loss is Infinity where it is the label or smoothing asks for it. A row whose
 * loss is given no weight (see `masked`) has gradient 0, whatever it holds.
 */
export const softmaxCrossEntropy = (
  logits: tf.Tensor2D,
  labels: tf.Tensor1D,
  smoothing = 0,
): CrossEntropy => {
  let rowNll: tf.Tensor1D | undefined;
  const forward = kernelOr('SteadySoftmaxCrossEntropy', composedCrossEntropy);
  const backward = kernelOr('SteadySoftmaxCrossEntropyGrad', composedCrossEntropyGrad);
  const loss = differentiable<tf.Tensor1D>(
    [logits],
    (save) => {
      const [out, nll, logNormaliser] = forward({ logits, labels }, { smoothing });
      save([logits, labels, logNormaliser!]);
      rowNll = tf.keep(nll as tf.Tensor1D);
      return out as tf.Tensor1D;
    },
    (dLoss, saved) => {
      const [savedLogits, savedLabels, logNormaliser] = saved as [tf.Tensor2D, tf.Tensor1D, tf.Tensor1D];
      return backward({ dLoss, logits: savedLogits, labels: savedLabels, logNormaliser }, { smoothing });
    },
  );
  // Kept past the op's own tidy, then handed to the caller's scope.
  const nll = tf.tidy(() => tf.clone(rowNll!));
  rowNll!.dispose();
  return { loss, nll };
};

/** [M, V]. Cast: wasm's oneHot writes integer bits whatever the type asked for. */
const oneHot = (labels: tf.Tensor1D, vocabulary: number): tf.Tensor2D =>
  tf.cast(tf.oneHot(labels, vocabulary) as tf.Tensor2D, 'float32');

/**
 * z_m = log sum_v exp x_mv, nll_m = z_m - x_m,label, loss = (1 - s) nll + s (z - mean_v x). x [M, V], labels [M]:
 * [loss [M], nll [M], z [M]]
 */
export const composedCrossEntropy: KernelForm<'SteadySoftmaxCrossEntropy'> = (
  { logits, labels },
  { smoothing },
) => {
  const [rows] = logits.shape;
  const logNormaliser = tf.logSumExp(logits, 1) as tf.Tensor1D;
  const at = tf.stack([tf.range(0, rows, 1, 'int32'), labels], 1);
  const picked = tf.gatherND(logits, at) as tf.Tensor1D;
  const nll = tf.sub<tf.Tensor1D>(logNormaliser, picked);
  if (smoothing === 0) return [tf.clone(nll), nll, logNormaliser];
  const uniform = tf.sub<tf.Tensor1D>(logNormaliser, tf.reshape(tf.mean(logits, 1), [rows]));
  return [tf.add(tf.mul(1 - smoothing, nll), tf.mul(smoothing, uniform)), nll, logNormaliser];
};

/** dx_mv = dLoss_m (exp(x_mv - z_m) - (1 - s) [v = label_m] - s / V), 0 where dLoss_m is: [[M, V]] */
export const composedCrossEntropyGrad: KernelForm<'SteadySoftmaxCrossEntropyGrad'> = (
  { dLoss, logits, labels, logNormaliser },
  { smoothing },
) => {
  const [rows, vocabulary] = logits.shape;
  const p = tf.exp(tf.sub(logits, tf.reshape(logNormaliser, [rows, 1])));
  const target = tf.mul(oneHot(labels, vocabulary), 1 - smoothing);
  const difference = tf.sub(tf.sub(p, target), smoothing / vocabulary);
  const weights = tf.reshape(dLoss, [rows, 1]);
  const gradient = tf.mul<tf.Tensor2D>(difference, weights);
  return [hidesNone(dLoss, logNormaliser) ? gradient : masked(gradient, tf.notEqual(weights, 0))];
};

/**
 * Whether no row without weight can hold NaN or Infinity, which its normaliser would show: then the product is 0 there
 * as it stands.
 */
const hidesNone = (dLoss: tf.Tensor1D, logNormaliser: tf.Tensor1D): boolean => {
  if (!can('hostMemory')) return false;
  const weights = dLoss.dataSync<'float32'>();
  return logNormaliser.dataSync<'float32'>().every((z, row) => weights[row] !== 0 || Number.isFinite(z));
};
