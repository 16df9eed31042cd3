// The page's program: what the test calls through `window`.
import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-webgpu';
import { type Run, train } from '../../packages/core/testing/training';

declare global {
  interface Window {
    train: (backend: string, seed: number, checkpointing: boolean) => Promise<Run>;
    /** The active backend, and the GPU below it. */
    backend: () => Promise<{ name: string; architecture: string | undefined }>;
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
