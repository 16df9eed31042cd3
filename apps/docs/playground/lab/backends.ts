import { selectBackend } from '@steadyformer/core';
import * as tf from '@tensorflow/tfjs';
import plain from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm.wasm?url';
import simd from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm?url';
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
  'tfjs-backend-wasm-simd.wasm': simd,
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

/** Makes the wanted backend active, or where it does not work the fastest that does, and says so. */
export const chooseBackend = async (
  wanted: BackendName,
  { start = starters, simd: simdHere = hasSimd }: { start?: Starters; simd?: () => Promise<boolean> } = {},
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
    if (name === 'wasm' && !(await simdHere())) {
      notes.push('This browser has no WebAssembly SIMD: everything works, several times slower.');
    }
    return { name, notes };
  }
  throw new Error(`No backend works here. ${notes.join(' ')}`);
};
