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

/**
 * Throws where webgl would compute in half precision, as on many phones: its largest number is 65504, and what masks
 * scores and keeps norms finite does not fit.
 */
const fullPrecision = async (): Promise<void> => {
  await imported('webgl', '@tensorflow/tfjs-backend-webgl')();
  if (!(await tf.env().getAsync('WEBGL_RENDER_FLOAT32_CAPABLE'))) {
    throw new Error('no WebGL here, or one of half precision');
  }
};

/**
 * Best first. wasm stands before webgl: a page that brings it has chosen it, it computes as every other page does, and
 * the thousands of small ops of a training step cost less there. Where a page brings neither wasm nor a GPU for webgpu,
 * webgl, which tfjs registers in every page, is faster than JavaScript.
 */
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
  {
    name: 'webgl',
    load: imported('webgl', '@tensorflow/tfjs-backend-webgl'),
    recommend: fullPrecision,
    remedy: 'the browser gave no WebGL context; see chrome://gpu or about:support',
  },
  { name: 'cpu', load: async () => {} },
];

/** A page has no environment variables. */
export const preferred = (): string | undefined => undefined;
