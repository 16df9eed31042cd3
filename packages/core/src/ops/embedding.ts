import * as tf from '@tensorflow/tfjs';
import { hasKernel, runKernel } from '../backend/kernels';
import { check } from '../checks/errors';
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

/** The values of a tensor where they are at hand: in memory of this process, or not yet handed to a device. */
const valuesAtHand = (x: tf.Tensor): ArrayLike<number> | undefined => {
  if (hostMemory()) return x.dataSync();
  const { tensorMap, texData } = tf.backend() as unknown as DeviceBackend;
  return (tensorMap ?? texData)?.get(x.dataId)?.values ?? undefined;
};

/** Where tfjs's backends on a device keep what they have not handed to it. */
interface DeviceBackend {
  readonly tensorMap?: HostValues;
  readonly texData?: HostValues;
}
interface HostValues {
  get(id: object): { readonly values?: Int32Array | null } | undefined;
}

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
