// Downloads go to a folder outside the repository and are checked against a pinned digest.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** The download folder: `STEADYFORMER_CORPORA_CACHE`, or a folder of the user's cache. */
export const cacheFolder = () => {
  const folder =
    process.env.STEADYFORMER_CORPORA_CACHE ?? join(homedir(), '.cache', 'steadyformer', 'corpora');
  mkdirSync(folder, { recursive: true });
  return folder;
};

/**
 * Runs a downloader in the cache folder unless a file with the wanted digest is there already.
 * @param {{ command: string, args: string[], file: RegExp, sha256: string }} download
 * @returns {string} path of the checked file
 */
export const fetchPinned = ({ command, args, file, sha256 }) => {
  const folder = cacheFolder();
  const find = () =>
    readdirSync(folder)
      .filter((name) => file.test(name))
      .map((name) => join(folder, name))
      .find((path) => createHash('sha256').update(readFileSync(path)).digest('hex') === sha256);
  const cached = find();
  if (cached) return cached;
  execFileSync(command, args, { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] });
  const fetched = find();
  if (!fetched) {
    throw new Error(
      `${command} ${args.join(' ')}: no file matching ${file} with sha256 ${sha256} in ${folder}. ` +
        'The published file changed: look at it, then update the version and digest in the script.',
    );
  }
  return fetched;
};

/**
 * Unpacks once, into a folder named after the digest's first letters.
 * @param {string} archive
 * @param {string} name
 * @param {(archive: string, target: string) => [string, string[]]} command
 */
export const unpack = (archive, name, command) => {
  const target = join(cacheFolder(), name);
  if (!existsSync(target)) {
    mkdirSync(target, { recursive: true });
    const [program, args] = command(archive, target);
    execFileSync(program, args, { stdio: ['ignore', 'ignore', 'inherit'] });
  }
  return target;
};
