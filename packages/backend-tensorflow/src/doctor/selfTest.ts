/**
 * Runs in a process of its own, so that a crash of native code is a result and not the end of `doctor`:
 * loads TensorFlow, multiplies two matrices, prints one line of JSON.
 */
import * as tf from '@tensorflow/tfjs';
import { loadTensorflow } from '../backend/load';
import { BACKEND_NAME } from '../backend/register';
import { reasonOf } from '../checks/errors';
import type { SelfTest } from './selfTestReport';

/** [2,3] x [3,2], worked out by hand: row 1 is 1*7+2*9+3*11 = 58, 1*8+2*10+3*12 = 64. */
const matmul = async (): Promise<boolean> => {
  const product = tf.tidy(() =>
    tf.matMul(tf.tensor2d([1, 2, 3, 4, 5, 6], [2, 3]), tf.tensor2d([7, 8, 9, 10, 11, 12], [3, 2])),
  );
  const values = await product.data();
  product.dispose();
  return [58, 64, 139, 154].every((expected, index) => values[index] === expected);
};

/** Where the package is looked for, as `doctor` did. */
const points = process.argv.slice(2);

// Its warnings say which CUDA library it could not open: the report reads them from the standard error.
process.env.TF_CPP_MIN_LOG_LEVEL = '1';

const selfTest = async (): Promise<SelfTest> => {
  try {
    const { backend, version } = loadTensorflow(points.length > 0 ? points : undefined);
    if (!tf.findBackendFactory(BACKEND_NAME)) tf.registerBackend(BACKEND_NAME, () => backend);
    await tf.setBackend(BACKEND_NAME);
    return { loads: true, version, gpu: backend.isUsingGpuDevice, matmul: await matmul() };
  } catch (error) {
    return { loads: false, reason: reasonOf(error) };
  }
};

process.stdout.write(`${JSON.stringify(await selfTest())}\n`);
