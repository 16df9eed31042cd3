import { selectBackend } from '@steadyformer/core';
import * as tf from '@tensorflow/tfjs';
import plain from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm.wasm?url';
import withSimd from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm?url';
import threaded from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-threaded-simd.wasm?url';
import type { BackendName } from '../state';

/** The backend that runs, and what there is to say of it. */
export interface ChosenBackend {
  readonly name: string;
  readonly notes: readonly string[];
}

/** How each backend is made active. None is loaded before it is asked for. */
export type Starters = Readonly<Record<Exclude<BackendName, 'auto'>, () => Promise<unknown>>>;

const wasmPaths = {
  'tfjs-backend-wasm.wasm': plain,
  'tfjs-backend-wasm-simd.wasm': withSimd,
  'tfjs-backend-wasm-threaded-simd.wasm': threaded,
};

const starters: Starters = {
  wasm: () => selectBackend('wasm', { wasmPaths }),
  cpu: () => selectBackend('cpu'),
  webgpu: async () => {
    if (!('gpu' in navigator)) throw new Error('this browser has no WebGPU, or hides it from this page');
    await import('@tensorflow/tfjs-backend-webgpu');
    await selectBackend('webgpu');
  },
};

/** For networks of this size, fastest first: a GPU takes longer to be told of a product than these products take. */
const AUTOMATIC = ['wasm', 'cpu'] as const;

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** Whether WebAssembly computes four numbers at a time here; unknown before the backend is loaded. */
const hasSimd = async (): Promise<boolean> => Boolean(await tf.env().getAsync('WASM_HAS_SIMD_SUPPORT'));

interface Adapter {
  readonly info?: { readonly isFallbackAdapter?: boolean };
}

/** Whether WebGPU is computed by the processor: browsers without a GPU may have that in its place. */
const hasSoftwareGpu = async (): Promise<boolean> => {
  const { gpu } = navigator as unknown as { gpu: { requestAdapter(): Promise<Adapter | null> } };
  return Boolean((await gpu.requestAdapter())?.info?.isFallbackAdapter);
};

/** What is asked of the browser once a backend works. */
export interface Findings {
  readonly simd: () => Promise<boolean>;
  readonly softwareGpu: () => Promise<boolean>;
}

/** Makes the wanted backend active, or where it does not work the fastest that does, and says so. */
export const chooseBackend = async (
  wanted: BackendName,
  {
    start = starters,
    simd = hasSimd,
    softwareGpu = hasSoftwareGpu,
  }: { readonly start?: Starters } & Partial<Findings> = {},
): Promise<ChosenBackend> => {
  const notes: string[] = [];
  const names = wanted === 'auto' ? AUTOMATIC : [wanted, ...AUTOMATIC.filter((name) => name !== wanted)];
  for (const name of names) {
    try {
      await start[name]();
    } catch (error) {
      notes.push(`${name} does not work here: ${reasonOf(error)}`);
      continue;
    }
    if (name === 'wasm' && !(await simd())) {
      notes.push('This browser has no WebAssembly SIMD: everything works, several times slower.');
    }
    if (name === 'webgpu' && (await softwareGpu())) {
      notes.push(
        'There is no GPU here for WebGPU, and the processor does its work: an update may take a minute. wasm is faster.',
      );
    }
    return { name, notes };
  }
  throw new Error(`No backend works here. ${notes.join(' ')}`);
};
