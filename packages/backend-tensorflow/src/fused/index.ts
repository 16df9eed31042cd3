import type * as tf from '@tensorflow/tfjs';
import { attentionKernels } from './attention';
import { crossEntropyKernels } from './crossEntropy';
import { inPlaceKernels } from './inPlace';
import { linearKernels } from './linear';
import { normKernels } from './norms';
import { rowKernels } from './rows';

/** Kernels that tfjs itself does not have, what Transformers need, from raw TensorFlow ops. */
export const fusedKernels: Readonly<Record<string, tf.KernelFunc>> = {
  ...linearKernels,
  ...normKernels,
  ...attentionKernels,
  ...crossEntropyKernels,
  ...rowKernels,
  ...inPlaceKernels,
};
