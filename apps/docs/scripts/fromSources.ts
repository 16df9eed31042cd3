import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';

const TSX = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;

/**
 * The JSON of what `data()` of a module gives. It runs in a process of its own, on the packages' sources: the site is
 * built without a build of theirs.
 *
 * @param module a file's URL
 */
export const fromSources = async <T>(module: URL): Promise<T> => {
  const program = `const { data } = await import(${JSON.stringify(module.href)});
process.stdout.write(JSON.stringify(await data()), () => process.exit(0));`;
  const args = [
    '--conditions=steadyformer-source',
    ...['--import', TSX],
    ...['--input-type=module', '--eval', program],
  ];
  const { stdout } = await promisify(execFile)(process.execPath, args, { maxBuffer: 2 ** 28 });
  return JSON.parse(stdout) as T;
};
