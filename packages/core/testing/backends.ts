import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe } from 'vitest';
import { selectBackend } from '../src/backend/select';

export { leftovers } from '../src/testing/leaks';

/** Names with commas between; other backends take the same tests, where they are installed. */
export const testedBackends: readonly string[] = process.env.STEADYFORMER_TEST_BACKENDS?.split(',') ?? [
  'cpu',
  'wasm',
];

/** Runs the tests of `body` on the cpu and the wasm backend, or on those that the environment names. */
export const onBackends = (body: (backend: string) => void): void => {
  describe.each(testedBackends)('on %s', (backend) => {
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
