import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import * as tf from '@tensorflow/tfjs';
import { show } from '../checks/errors';
import type { BackendCandidate, BackendOptions, WasmPaths } from './candidate';
import { startWebgpu, type WebgpuPackage } from './webgpu';

/** Packages are looked for beside this one, then in the program's own folder. */
const folders = (): string[] => [import.meta.url, pathToFileURL(join(process.cwd(), 'package.json')).href];

const resolve = (name: string): string => {
  for (const folder of folders()) {
    try {
      return createRequire(folder).resolve(name);
    } catch {
      // Not there: the next folder may have it.
    }
  }
  throw new Error(`${name} is not installed`);
};

interface BackendModule {
  readonly availability?: () => { readonly available: boolean; readonly reason?: string };
}

/** Imports a package that registers its backend, and asks it whether it can work. */
const importBackend = async (name: string): Promise<void> => {
  const module: BackendModule = await import(/* @vite-ignore */ pathToFileURL(resolve(name)).href);
  const state = module.availability?.();
  if (state && !state.available) throw new Error(state.reason ?? `${name} says that it is not available`);
};

/** tfjs-wasm looks for its binaries beside the program unless told where they are. */
const importWasm = async (paths: WasmPaths | undefined): Promise<void> => {
  const entry = resolve('@tensorflow/tfjs-backend-wasm');
  const wasm: { default?: WasmModule } & Partial<WasmModule> = await import(
    /* @vite-ignore */ pathToFileURL(entry).href
  );
  const setWasmPaths = wasm.setWasmPaths ?? wasm.default?.setWasmPaths;
  setWasmPaths?.(typeof paths === 'object' ? paths : `${paths ?? dirname(entry)}/`);
};

interface WasmModule {
  readonly setWasmPaths: (paths: WasmPaths) => void;
}

/** Both packages are looked for before anything is loaded. */
const importWebgpu = async (): Promise<void> => {
  const [dawn, backend] = ['webgpu', '@tensorflow/tfjs-backend-webgpu'].map(
    (name) => pathToFileURL(resolve(name)).href,
  ) as [string, string];
  const load = async (): Promise<WebgpuPackage> => import(/* @vite-ignore */ dawn);
  await startWebgpu(load, () => import(/* @vite-ignore */ backend));
};

/** tfjs's cpu backend advertises another one at its first write; that write is made here, with tfjs's messages off. */
const startCpu = async (): Promise<void> => {
  const backend = tf.findBackend('cpu') as (tf.KernelBackend & CpuWriter) | null;
  const spoken = tf.env().getBool('PROD');
  tf.env().set('PROD', true);
  try {
    backend?.disposeData(backend.write(new Float32Array(1), [1], 'float32'), true);
  } finally {
    tf.env().set('PROD', spoken);
  }
};

interface CpuWriter {
  write(values: Float32Array, shape: number[], dtype: 'float32'): object;
}

const cudaDevice = (): boolean =>
  existsSync('/proc/driver/nvidia/version') && process.env.CUDA_VISIBLE_DEVICES !== '';

/** Best first. */
export const candidates = ({ wasmPaths }: BackendOptions = {}): BackendCandidate[] => {
  const onnxruntime = {
    name: 'onnxruntime',
    load: () => importBackend('@steadyformer/backend-onnxruntime'),
  };
  const tensorflow = { name: 'tensorflow', load: () => importBackend('@steadyformer/backend-tensorflow') };
  return [
    ...(cudaDevice() ? [tensorflow, onnxruntime] : [onnxruntime, tensorflow]),
    {
      name: 'wasm',
      load: () => importWasm(wasmPaths),
      ...(wasmPaths ? { remedy: `its .wasm files were looked for at wasmPaths ${show(wasmPaths)}` } : {}),
    },
    { name: 'cpu', load: startCpu },
    // On request only: reads must be asynchronous, and the process no longer ends by itself.
    { name: 'webgpu', load: importWebgpu, automatic: false },
  ];
};

/** The user's standing wish. */
export const preferred = (): string | undefined => process.env.STEADYFORMER_BACKEND || undefined;
