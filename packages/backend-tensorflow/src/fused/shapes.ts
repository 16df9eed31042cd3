import type * as tf from '@tensorflow/tfjs';
import { TensorflowBackendError } from '../checks/errors';
import type { Call } from '../kernels/kernel';

/**
 * Holds an input to the shape that the contract gives it: TensorFlow would broadcast another one. null stands for any size.
 *
 * @throws TensorflowBackendError that names the kernel and the input
 */
export const expectShape = (
  kernel: string,
  { inputs }: Call,
  name: string,
  shape: readonly (number | null)[],
  dtype: tf.DataType = 'float32',
): void => {
  const info = inputs[name];
  const fits =
    info != null &&
    info.dtype === dtype &&
    info.shape.length === shape.length &&
    shape.every((size, axis) => size === null || size === info.shape[axis]);
  if (fits) return;
  const received = info == null ? 'nothing' : `${info.dtype} [${info.shape}]`;
  const allowed = shape.map((size) => size ?? 'any').join(',');
  throw new TensorflowBackendError(`${kernel} ${name}: received ${received}, allowed ${dtype} [${allowed}].`);
};

/** The same for an input that may be absent. */
export const expectShapeIfAny = (...args: Parameters<typeof expectShape>): void => {
  const [, { inputs }, name] = args;
  if (inputs[name] != null) expectShape(...args);
};
