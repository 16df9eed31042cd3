import { existsSync, readdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';

/** Which TensorFlow wheel: `tensorflow-cpu`, or `tensorflow` with its CUDA libraries. */
export type Variant = 'cpu' | 'gpu';
export const VARIANTS: readonly Variant[] = ['cpu', 'gpu'];

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Fetched libraries outlive a project: `STEADYFORMER_CACHE`, else `steadyformer` in the user's cache folder. An empty
 * variable counts as none, and so does a relative `XDG_CACHE_HOME`, as its specification asks.
 */
export const defaultCache = (environment: Environment = process.env): string => {
  const { STEADYFORMER_CACHE: own, XDG_CACHE_HOME: shared = '' } = environment;
  return own || join(isAbsolute(shared) ? shared : join(homedir(), '.cache'), 'steadyformer');
};

/** The folder of a cache in which unpacked libraries lie. */
export const root = (cache: string): string => join(cache, 'tensorflow');

/** The folder of one unpacked wheel, laid out as a `site-packages`; `version` may end with a mark, `2.21.0+1a2b3c4d`. */
export const cachedFolder = (cache: string, variant: Variant, version: string): string =>
  join(root(cache), `${variant}-${version}`);

/** Every unpacked wheel of the cache, the newest version first, GPU before CPU. */
export const cachedLibraries = (cache: string): string[] =>
  (existsSync(root(cache)) ? readdirSync(root(cache)) : [])
    .map((name) => /^(cpu|gpu)-(\d+(?:\.\d+)*)(?:\+[0-9a-f]+)?$/.exec(name))
    .filter((match) => match !== null)
    .sort(
      (a, b) =>
        (b[1] ?? '').localeCompare(a[1] ?? '') ||
        (b[2] ?? '').localeCompare(a[2] ?? '', 'en', { numeric: true }),
    )
    .map(([name]) => join(root(cache), name));
