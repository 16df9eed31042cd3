import * as tf from '@tensorflow/tfjs';
import { BACKEND_NAME as BACKEND } from '../ops/native';
import { onHost } from './host';
import { missingKernels } from './missing';
import { repairs } from './repairs';

/** The kernels of ours that are registered, so that a second load leaves them. */
const ours = new WeakSet<tf.KernelFunc>();

const register = (kernelName: string, kernelFunc: tf.KernelFunc): void => {
  const before = tf.getKernel(kernelName, BACKEND);
  if (before != null) tf.unregisterKernel(kernelName, BACKEND);
  ours.add(kernelFunc);
  tf.registerKernel({ ...before, kernelName, backendName: BACKEND, kernelFunc });
};

const isOurs = (kernelName: string): boolean => {
  const kernel = tf.getKernel(kernelName, BACKEND);
  return kernel != null && ours.has(kernel.kernelFunc);
};

/**
 * Completes tfjs-node's kernels, once they are registered: those that it lacks, from raw TensorFlow ops or, where there
 * is none, on the host; `more` that tfjs does not know; and repairs of those that refuse or answer wrongly what tfjs allows.
 */
export const completeKernels = (more: Readonly<Record<string, tf.KernelFunc>> = {}): void => {
  for (const [kernelName, kernelFunc] of Object.entries({ ...missingKernels, ...more })) {
    if (tf.getKernel(kernelName, BACKEND) == null) register(kernelName, kernelFunc);
  }
  for (const [kernelName, repair] of Object.entries(repairs)) {
    const native = tf.getKernel(kernelName, BACKEND);
    if (native != null && !isOurs(kernelName)) register(kernelName, repair(native.kernelFunc));
  }
  for (const { kernelName } of tf.getKernelsForBackend('cpu')) {
    if (tf.getKernel(kernelName, BACKEND) == null) register(kernelName, onHost(kernelName));
  }
};
