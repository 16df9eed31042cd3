import { reasonOf, TensorflowBackendError } from '../checks/errors';
import { tensorflowOf } from '../process/python';
import type { Run } from '../process/run';
import { cachedLibraries, type Variant } from './cache';
import { fetchLibrary } from './fetch';
import { readLibrary, type TensorflowLibrary } from './library';
import { unpackLibrary } from './wheels';

export interface LocateOptions {
  /** An explicit folder; nothing else is tried then. */
  readonly library?: string;
  /** `STEADYFORMER_TENSORFLOW`, used like `library`. */
  readonly environment?: string;
  /** A folder with wheels to unpack: nothing is downloaded. */
  readonly wheels?: string;
  /** Download this variant where the cache does not hold it. Never done unasked. */
  readonly fetch?: Variant;
  readonly python: string;
  readonly cache: string;
  readonly run: Run;
  readonly log: (line: string) => void;
}

/** A library and how it was found. */
export interface Located {
  readonly library: TensorflowLibrary;
  readonly how: string;
}

/**
 * Finds a TensorFlow library: `library`, `wheels`, `STEADYFORMER_TENSORFLOW`, a download where one was asked for, the Python
 * environment, then what an earlier download left in the cache.
 *
 * @throws TensorflowBackendError that says where it looked and what to do next.
 */
export const locateLibrary = (options: LocateOptions): Located => {
  const { library, environment, wheels, fetch, python, cache, run, log } = options;
  if (library) return { library: readLibrary(library), how: '--library' };
  if (wheels) return { library: unpackLibrary({ wheels, cache, python, run, log }), how: '--wheels' };
  if (environment) return { library: readLibrary(environment), how: 'STEADYFORMER_TENSORFLOW' };
  if (fetch) {
    return { library: fetchLibrary({ variant: fetch, cache, python, run, log }), how: `--fetch ${fetch}` };
  }
  const tried: string[] = [];
  const candidates: (readonly [string, string])[] = [];
  const installed = tensorflowOf(python, run);
  if (installed) candidates.push([installed, `Python environment of '${python}'`]);
  else tried.push(`'${python}' has no tensorflow`);
  const cached = cachedLibraries(cache);
  candidates.push(...cached.map((folder) => [folder, 'cache'] as const));
  if (cached.length === 0) tried.push(`nothing fetched in ${cache}`);
  for (const [folder, how] of candidates) {
    try {
      return { library: readLibrary(folder), how };
    } catch (error) {
      tried.push(reasonOf(error));
    }
  }
  throw new TensorflowBackendError(
    `no TensorFlow library found: ${tried.join('; ')}. Run: npx steadyformer-tensorflow setup --fetch cpu (or give a Python that has one by --python, a folder by --library or STEADYFORMER_TENSORFLOW, wheels by --wheels)`,
  );
};
