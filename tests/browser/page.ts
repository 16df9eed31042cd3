// The page's program: what the test calls through `window`.
import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-webgpu';
import { type BackendChoice, selectBackend } from '@steadyformer/core';
import { opCases } from '@steadyformer/core/testing';
import { type Run, train } from '../../packages/core/testing/training';

declare global {
  interface Window {
    train: (backend: string, seed: number, checkpointing: boolean) => Promise<Run>;
    /** The active backend, and the GPU below it. */
    backend: () => Promise<{ name: string; architecture: string | undefined }>;
    select: (wanted?: string) => Promise<BackendChoice>;
    /** Runs core's ops of these names on a backend, all where there are none; what fails says so. */
    conform: (backend: string, names: readonly string[]) => Promise<readonly string[]>;
  }
}

interface Gpu {
  requestAdapter(): Promise<{ readonly info: { readonly architecture: string } } | null>;
}

window.train = train;
window.backend = async () => {
  const adapter = await (navigator as unknown as { gpu?: Gpu }).gpu?.requestAdapter();
  return { name: tf.getBackend(), architecture: adapter?.info.architecture };
};
window.select = selectBackend;
window.conform = async (backend, names) => {
  const failures: string[] = [];
  for (const { name, run } of opCases(backend)) {
    if (names.length === 0 || names.includes(name)) {
      await run().catch((error: unknown) => failures.push(`${name}: ${error}`));
    }
  }
  return failures;
};
