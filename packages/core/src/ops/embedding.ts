import * as tf from '@tensorflow/tfjs';
import { can, valuesAtHand } from '../backend/capabilities';
import { type KernelForm, kernelOr } from '../backend/kernels';
import { check } from '../checks/errors';
import { differentiable } from './differentiable';
import { matMulTransposeA } from './products';

/**
 * Rows of a table: ids [B, T] int32, weight [V, D]: [B, T, D]. The gradient is a scatter-add of its own: tfjs's
 * needs a kernel that wasm lacks and that costs V x tokens x D on cpu.
 */
export const embedding = (ids: tf.Tensor2D, weight: tf.Tensor2D): tf.Tensor3D => {
  const [vocabulary, width] = weight.shape;
  const gradient = kernelOr('SteadyEmbeddingGrad', composedEmbeddingGrad);
  return differentiable<tf.Tensor3D>(
    [weight],
    (save) => {
      const flat = tf.reshape<tf.Rank.R1>(ids, [-1]);
      save([flat]);
      return tf.reshape(tf.gather(weight, flat), [ids.shape[0], ids.shape[1], width]);
    },
    (dy, [flat]) => gradient({ dy: tf.reshape(dy, [-1, width]), ids: flat as tf.Tensor1D }, { vocabulary }),
  );
};

/**
 * Throws on an id that is no row of a vocabulary, wherever the values can be read at no cost: kernels disagree on what
 * such an id means. On a device, ids that an op has made pass unseen.
 */
export const checkBelow = (what: string, ids: tf.Tensor, vocabulary: number): void => {
  const values = valuesAtHand(ids) ?? [];
  for (let i = 0; i < values.length; i++) {
    const id = values[i]!;
    if (id >= 0 && id < vocabulary) continue;
    check(false, what, id, `0 to ${vocabulary - 1}`, 'Encode the text with the vocabulary of the model.');
  }
};

/** dW_v = sum of dy_m over the m with ids_m = v, as the contract's kernel: dy [M, D], ids [M]: [[V, D]] */
export const composedEmbeddingGrad: KernelForm<'SteadyEmbeddingGrad'> = ({ dy, ids }, { vocabulary }) => {
  if (!can('hostMemory')) return [rowsByProduct(dy, ids as tf.Tensor1D, vocabulary)];
  const width = dy.shape[1];
  const rows = dy.dataSync<'float32'>();
  const out = new Float32Array(vocabulary * width);
  const targets = ids.dataSync<'int32'>();
  for (let m = 0; m < targets.length; m++) {
    const from = m * width;
    const to = targets[m]! * width;
    for (let d = 0; d < width; d++) out[to + d] = out[to + d]! + rows[from + d]!;
  }
  return [tf.tensor2d(out, [vocabulary, width], 'float32')];
};

/** Numbers of a matrix of ones and zeros: 64 MB. */
const LARGEST = 2 ** 24;

/**
 * The same as a product, one-hot(ids)^T dy, a part of the rows at a time: no read-back from a device, and one order of
 * summation, where segment kernels add up by atomics in any. As much work as the output projection's gradient.
 */
const rowsByProduct = (dy: tf.Tensor2D, ids: tf.Tensor1D, vocabulary: number): tf.Tensor2D =>
  tf.tidy(() => {
    const [count, width] = dy.shape;
    const step = Math.max(1, Math.floor(LARGEST / vocabulary));
    let sum = tf.zeros<tf.Rank.R2>([vocabulary, width]);
    for (let from = 0; from < count; from += step) {
      const size = Math.min(step, count - from);
      const ones = tf.oneHot(tf.slice1d(ids, from, size), vocabulary, 1, 0, 'float32') as tf.Tensor2D; // [m, V]
      const part = matMulTransposeA(ones, tf.slice2d(dy, [from, 0], [size, width]));
      sum = count <= step ? part : tf.add(sum, part);
    }
    return sum;
  });
