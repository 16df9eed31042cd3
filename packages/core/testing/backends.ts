import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe } from 'vitest';
import { selectBackend } from '../src/backend';

/** Runs the tests of `body` on the cpu and the wasm backend. */
export const onBackends = (body: (backend: string) => void): void => {
  describe.each(['cpu', 'wasm'])('on %s', (backend) => {
    beforeAll(async () => {
      await selectBackend(backend);
      silence();
    });
    body(backend);
  });
};

/** The cpu backend's first tensor prints advice to install another backend, except in tests of tfjs itself. */
const silence = (): void => {
  tf.env().set('IS_TEST', true);
  tf.scalar(0).dispose();
  tf.env().set('IS_TEST', false);
};

/** Tensors that `action` leaves behind, beside those in what it returns (which are disposed). */
export const leftovers = (action: () => tf.TensorContainer): number => {
  const before = tf.memory().numTensors;
  tf.dispose(action());
  return tf.memory().numTensors - before;
};
