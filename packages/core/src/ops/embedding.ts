import * as tf from '@tensorflow/tfjs';
import { hasKernel, runKernel } from '../kernels';
import { differentiable } from './differentiable';

/**
 * Rows of a table: ids [B, T] int32, weight [V, D]: [B, T, D]. The gradient is a scatter-add of its own: tfjs's
 * needs a kernel that wasm lacks and that costs V x tokens x D on cpu.
 */
export const embedding = (ids: tf.Tensor2D, weight: tf.Tensor2D): tf.Tensor3D => {
  const [vocabulary, width] = weight.shape;
  return differentiable<tf.Tensor3D>(
    [weight],
    (save) => {
      const flat = tf.reshape<tf.Rank.R1>(ids, [-1]);
      save([flat]);
      return tf.reshape(tf.gather(weight, flat), [ids.shape[0], ids.shape[1], width]);
    },
    (dy, [flat]) => [scatterRows(tf.reshape(dy, [-1, width]), flat as tf.Tensor1D, vocabulary)],
  );
};

/** Whether reading a tensor costs nothing: the active backend keeps it in memory of this process. */
export const hostMemory = (): boolean => ['cpu', 'wasm', 'onnxruntime'].includes(tf.getBackend());

/** sum over m of dy[m] into row ids[m]. dy [M, D], ids [M]: [V, D] */
const scatterRows = (dy: tf.Tensor2D, ids: tf.Tensor1D, vocabulary: number): tf.Tensor2D => {
  if (hasKernel('SteadyEmbeddingGrad')) {
    return runKernel('SteadyEmbeddingGrad', { dy, ids }, { vocabulary })[0] as tf.Tensor2D;
  }
  // On a device the segment kernel saves the read-back.
  if (!hostMemory()) return tf.unsortedSegmentSum(dy, ids, vocabulary);
  const width = dy.shape[1];
  const rows = dy.dataSync<'float32'>();
  const out = new Float32Array(vocabulary * width);
  const targets = ids.dataSync<'int32'>();
  for (let m = 0; m < targets.length; m++) {
    const from = m * width;
    const to = targets[m]! * width;
    for (let d = 0; d < width; d++) out[to + d] = out[to + d]! + rows[from + d]!;
  }
  return tf.tensor2d(out, [vocabulary, width], 'float32');
};
