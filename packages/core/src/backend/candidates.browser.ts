import * as tf from '@tensorflow/tfjs';
import { show } from '../checks/errors';
import type { BackendCandidate, BackendOptions, WasmPaths } from './candidate';

/** In a page, backends other than cpu are there once the page has imported their package. */
const imported =
  (name: string, hint: string, next = '') =>
  async (): Promise<void> => {
    if (tf.findBackendFactory(name) === null) throw new Error(`not imported by the page (${hint})${next}`);
  };

/** With paths the package is loaded here: one that tfjs has started, or failed to, takes no others. */
const importWasm = async (paths: WasmPaths): Promise<void> => {
  let wasm: typeof import('@tensorflow/tfjs-backend-wasm');
  try {
    wasm = await import('@tensorflow/tfjs-backend-wasm');
  } catch {
    throw new Error('@tensorflow/tfjs-backend-wasm is not installed');
  }
  try {
    wasm.setWasmPaths(typeof paths === 'string' ? folder(paths) : { ...paths });
  } catch (error) {
    throw new Error(
      `tfjs refuses wasmPaths ${show(paths)}: ${error instanceof Error ? error.message : error}`,
    );
  }
};

/** tfjs puts the name of a file right behind it. */
const folder = (path: string): string => (path.endsWith('/') ? path : `${path}/`);

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
export const candidates = ({ wasmPaths }: BackendOptions = {}): BackendCandidate[] => [
  {
    name: 'webgpu',
    load: imported('webgpu', '@tensorflow/tfjs-backend-webgpu'),
    recommend: async () => {
      if (!(await hardwareAdapter())) throw new Error('no hardware adapter');
    },
  },
  {
    name: 'wasm',
    load: wasmPaths
      ? () => importWasm(wasmPaths)
      : imported('wasm', '@tensorflow/tfjs-backend-wasm', '; { wasmPaths } does that too'),
    remedy: wasmPaths
      ? `the page must serve its .wasm files at wasmPaths ${show(wasmPaths)}`
      : "say where the page serves its .wasm files: selectBackend('wasm', { wasmPaths: '/folder/' })",
  },
  { name: 'cpu', load: async () => {} },
];

/** A page has no environment variables. */
export const preferred = (): string | undefined => undefined;
