import * as tf from '@tensorflow/tfjs';
import { candidates, preferred } from '#backends';
import { check, checkOptions, entryOf, isRecord, SteadyformerError } from '../checks/errors';
import type { BackendCandidate, BackendOptions } from './candidate';

export type { BackendCandidate, BackendOptions, WasmPaths } from './candidate';

/** What `selectBackend` chose, and why. */
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
  const before = tf.getBackend();
  if (!(await tf.setBackend(name))) {
    // tfjs has let go of the one before.
    if (before && before !== name) await tf.setBackend(before);
    throw new SteadyformerError(`tfjs could not start '${name}'${remedy ? `; ${remedy}` : ''}`);
  }
  await tf.ready();
};

/**
 * Makes a tfjs backend active: the one named, or with 'auto' the best that works here (in Node onnxruntime,
 * tensorflow, wasm, cpu; in a browser webgpu on a GPU, wasm where the page brings it, webgl of full precision, cpu). What
 * the program runs on already, if another, stays rather than cpu. In Node 'webgpu' has to be asked for and needs the
 * packages `webgpu` and `@tensorflow/tfjs-backend-webgpu`. The environment variable STEADYFORMER_BACKEND stands in for
 * the argument where that is absent. Throws where a named one is unknown or does not work, saying why; what was active
 * then still is.
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

/** The known ones but the last, what runs already unless it was found unfit, the last: plain JavaScript. */
const firstThatWorks = async (known: readonly BackendCandidate[]): Promise<BackendChoice> => {
  const active = tf.getBackend();
  const passedOver: { name: string; reason: string }[] = [];
  let unfit = false;
  const tried = async (candidate: BackendCandidate, note = ''): Promise<BackendChoice | undefined> => {
    const { name } = candidate;
    try {
      await candidate.recommend?.().catch((error: unknown) => {
        unfit ||= name === active;
        throw error;
      });
      await activate(candidate);
    } catch (error) {
      passedOver.push({ name, reason: reasonOf(error) });
      return undefined;
    }
    const others = passedOver.filter((each) => each.name !== name);
    const why = others.map((each) => `${each.name}: ${each.reason}`).join('; ');
    const notes = [note, why && `not ${why}`].filter(Boolean).join('; ');
    return { name, passedOver: others, message: `backend ${name}${notes ? ` (${notes})` : ''}` };
  };
  for (const candidate of known) {
    const last = candidate === known.at(-1) && active && candidate.name !== active && !unfit;
    const kept = last ? await tried({ name: active, load: async () => {} }, 'active before') : undefined;
    const choice = kept ?? (await tried(candidate));
    if (choice) return choice;
  }
  throw new SteadyformerError(
    `no tfjs backend works here: ${passedOver.map(({ name, reason }) => `${name}: ${reason}`).join('; ')}`,
  );
};
