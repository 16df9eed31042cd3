import type * as tf from '@tensorflow/tfjs';
import { computeOne } from '../ops/compute';
import { kernel } from './kernel';

/** Kernels that tfjs-node does not register and TensorFlow has an op for. All others are the host's. */
export const missingKernels: Readonly<Record<string, tf.KernelFunc>> = {
  BitwiseAnd: kernel(({ inputs, backend }) => {
    return computeOne(backend, ({ of, run }) => run('BitwiseAnd', [of(inputs.a!), of(inputs.b!)]));
  }),
};
