import * as tf from '@tensorflow/tfjs';
import { convolutionRepairs } from './convolution';
import { elementwiseRepairs } from './elementwise';
import { onHost } from './host';
import { type Call, type Repair, repaired } from './kernel';
import { poolingRepairs } from './pooling';
import { sharingRepairs } from './sharing';

/** tfjs's own checks of an equation, some of which TensorFlow takes in another sense. */
const einsum: Repair = (native) => (call) => {
  const tensors = call.inputs as unknown as tf.Tensor[];
  const { equation } = call.attrs as unknown as { equation: string };
  const { allDims, idDims } = tf.backend_util.decodeEinsumEquation(equation, tensors.length);
  tf.backend_util.checkEinsumDimSizes(allDims.length, idDims, tensors);
  return native(call);
};

/** What tfjs-node 4.22 refuses or answers wrongly on a current TensorFlow, by kernel. */
export const repairs: Readonly<Record<string, Repair>> = {
  ...elementwiseRepairs,
  ...poolingRepairs,
  ...convolutionRepairs,
  ...sharingRepairs,
  Einsum: einsum,
  // tfjs's seeds are numbers in [0, 1), of which TensorFlow makes 0, and that is none.
  Multinomial: () => onHost('Multinomial'),
  // Indices of one axis are one number each.
  ScatterNd: repaired(
    ({ inputs }) => inputs.indices!.shape.length < 2,
    ({ inputs }, native) => {
      const { indices, updates } = inputs as Record<'indices' | 'updates', tf.Tensor>;
      return native({ inputs: { updates, indices: tf.reshape(indices, [...indices.shape, 1]) } });
    },
  ),
  // NaN equals none in TensorFlow, itself in tfjs.
  Unique: (native) => (call) =>
    (call as Call).inputs.x!.dtype === 'float32' ? onHost('Unique')(call) : native(call),
};
