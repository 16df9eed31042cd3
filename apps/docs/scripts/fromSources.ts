import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';

const TSX = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;

const read = async (module: URL): Promise<unknown> => {
  const program = `const { data } = await import(${JSON.stringify(module.href)});
process.stdout.write(JSON.stringify(await data()), () => process.exit(0));`;
  const args = [
    '--conditions=steadyformer-source',
    ...['--import', TSX],
    ...['--input-type=module', '--eval', program],
  ];
  const { stdout } = await promisify(execFile)(process.execPath, args, { maxBuffer: 2 ** 28 });
  return JSON.parse(stdout);
};

// Each of the site's files is bundled by itself: what they share lies in the process.
const shared = globalThis as { steadyformerSources?: Map<string, Promise<unknown>> };
shared.steadyformerSources ??= new Map();

/**
 * The JSON of what `data()` of a module gives. It runs in a process of its own, on the packages' sources: the site is
 * built without a build of theirs. A build runs each module once.
 *
 * @param module a file's URL
 */
export const fromSources = <T>(module: URL): Promise<T> => {
  const kept = shared.steadyformerSources!;
  const found = (process.env.NODE_ENV === 'production' && kept.get(module.href)) || read(module);
  kept.set(module.href, found);
  return found as Promise<T>;
};
