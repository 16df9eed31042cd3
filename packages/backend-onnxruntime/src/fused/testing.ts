import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { OnnxRuntimeBackend } from '../backend';
import { configure } from '../index';
import type { KernelChoice } from '../options';
import { BACKEND_NAME } from '../register';

/** Another object of the backend takes the place of the one that runs; no tensor may be left on that. */
export const useKernels = async (kernels: KernelChoice): Promise<void> => {
  const { registry } = tf.engine();
  registry[BACKEND_NAME]?.dispose();
  delete registry[BACKEND_NAME];
  configure({ kernels });
  await tf.setBackend(BACKEND_NAME);
};

/** The same tests of kernels in WebAssembly and of the graphs that stand in for them. */
export const onBothKernels = (tests: (kernels: KernelChoice) => void): void =>
  describe.each(['wasm', 'graph'] as const)('by %s', (kernels) => {
    beforeAll(() => useKernels(kernels));
    afterAll(() => useKernels('wasm'));
    it('does', () => {
      const backend = tf.backend() as OnnxRuntimeBackend;
      expect(backend.native({ reads: [], writes: [] }, () => {})).toBe(kernels === 'wasm');
    });
    tests(kernels);
  });
