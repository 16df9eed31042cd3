import * as tf from '@tensorflow/tfjs';
import type { BackendCandidate } from './backend';

/** In a page, backends other than cpu are there once the page has imported their package. */
const imported = (name: string, hint: string) => async (): Promise<void> => {
  if (tf.findBackendFactory(name) === null) throw new Error(`not imported by the page (${hint})`);
};

/** A software adapter is slower than wasm. */
const hardwareAdapter = async (): Promise<boolean> => {
  const gpu = (
    navigator as unknown as {
      gpu?: {
        requestAdapter(): Promise<{ info?: { architecture?: string; isFallbackAdapter?: boolean } } | null>;
      };
    }
  ).gpu;
  const adapter = await gpu?.requestAdapter();
  return adapter != null && !adapter.info?.isFallbackAdapter && adapter.info?.architecture !== 'swiftshader';
};

/** Best first. */
export const candidates = (): BackendCandidate[] => [
  {
    name: 'webgpu',
    load: imported('webgpu', '@tensorflow/tfjs-backend-webgpu'),
    recommend: async () => {
      if (!(await hardwareAdapter())) throw new Error('no hardware adapter');
    },
  },
  { name: 'wasm', load: imported('wasm', '@tensorflow/tfjs-backend-wasm') },
  { name: 'cpu', load: async () => {} },
];

/** A page has no environment variables. */
export const preferred = (): string | undefined => undefined;
