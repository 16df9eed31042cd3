import * as tf from '@tensorflow/tfjs';
import { candidates, preferred } from '#backends';
import { check, checkOptions, entryOf, isRecord, SteadyformerError } from '../checks/errors';
import type { BackendCandidate, BackendOptions } from './candidate';

export type { BackendCandidate, BackendOptions, WasmPaths } from './candidate';

export interface BackendChoice {
  /** The backend now active. */
  readonly name: string;
  /** What was tried before it, and why it was not taken. */
  readonly passedOver: readonly { readonly name: string; readonly reason: string }[];
  /** One line for people. */
  readonly message: string;
}

const reasonOf = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).split('\n')[0]!;

const activate = async ({ name, load, remedy }: BackendCandidate): Promise<void> => {
  await load();
  if (!(await tf.setBackend(name))) {
    throw new SteadyformerError(`tfjs could not start '${name}'${remedy ? `; ${remedy}` : ''}`);
  }
  await tf.ready();
};

/**
 * Makes a tfjs backend active: the one named, or with 'auto' the best that works here (in Node onnxruntime,
 * tensorflow, wasm, cpu; in a browser webgpu, wasm, cpu). In Node 'webgpu' has to be asked for and needs the packages
 * `webgpu` and `@tensorflow/tfjs-backend-webgpu`. The environment variable STEADYFORMER_BACKEND stands in
 * for the argument where that is absent. Throws where a named one is unknown or does not work, saying why.
 */
export const selectBackend = async (
  wanted: string = preferred() ?? 'auto',
  options: BackendOptions = {},
): Promise<BackendChoice> => {
  checkOptions(options, ['wasmPaths'], 'selectBackend()');
  const { wasmPaths } = options;
  const named = wasmPaths === undefined || typeof wasmPaths === 'string' || isRecord(wasmPaths);
  check(named, 'selectBackend() wasmPaths', wasmPaths, 'a folder, or the URL of each file by its name');
  check(typeof wanted === 'string', 'selectBackend()', wanted, "the name of a backend, or 'auto'");
  const known = candidates(options);
  if (wanted === 'auto') return firstThatWorks(known.filter(({ automatic = true }) => automatic));
  const names = [['auto', undefined], ...known.map((each) => [each.name, each])] as const;
  const candidate = entryOf(Object.fromEntries(names), wanted, 'backend') as BackendCandidate;
  try {
    await activate(candidate);
  } catch (error) {
    throw new SteadyformerError(
      `backend '${wanted}' does not work here: ${reasonOf(error)}. Choose another, or 'auto'.`,
    );
  }
  return { name: wanted, passedOver: [], message: `backend ${wanted} (asked for)` };
};

const firstThatWorks = async (known: readonly BackendCandidate[]): Promise<BackendChoice> => {
  const passedOver: { name: string; reason: string }[] = [];
  for (const candidate of known) {
    try {
      await candidate.recommend?.();
      await activate(candidate);
      const why = passedOver.map(({ name, reason }) => `${name}: ${reason}`).join('; ');
      return {
        name: candidate.name,
        passedOver,
        message: `backend ${candidate.name}${why ? ` (not ${why})` : ''}`,
      };
    } catch (error) {
      passedOver.push({ name: candidate.name, reason: reasonOf(error) });
    }
  }
  throw new SteadyformerError(
    `no tfjs backend works here: ${passedOver.map(({ name, reason }) => `${name}: ${reason}`).join('; ')}`,
  );
};
