import * as tf from '@tensorflow/tfjs';
import { BACKEND_NAME } from '../ops/native';
import { availability } from '../packages/availability';
import { loadTensorflow } from './load';

export { BACKEND_NAME };

/** tfjs-node's own priority, above wasm's 2; 0 keeps an absent TensorFlow behind every other backend. */
const PRIORITY = { present: 3, absent: 0 } as const;

/**
 * Registers the backend 'tensorflow' with tfjs. Nothing native is loaded before tfjs first asks for the backend, and
 * the active backend does not change. Does nothing where a backend of that name is registered already.
 *
 * @returns whether this call registered it.
 */
export const registerTensorflow = (): boolean => {
  if (tf.findBackendFactory(BACKEND_NAME)) return false;
  const priority = availability().available ? PRIORITY.present : PRIORITY.absent;
  return tf.registerBackend(BACKEND_NAME, () => loadTensorflow().backend, priority);
};
