import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { run, StepError } from './command.mjs';
import { Skip } from './fetched.mjs';

/** Whether a program of this name is on the PATH. */
export const onPath = (/** @type {string} */ name) =>
  (process.env.PATH ?? '').split(delimiter).some((folder) => existsSync(join(folder, name)));

/** Packages are installed one after the other: apt-get has one lock. */
let last = Promise.resolve();

/**
 * Installs a package of Debian's, where this is a machine of continuous integration that may install one.
 * @param {import('./command.mjs').Step} step
 * @param {string} name
 * @throws Skip where it cannot be installed
 */
export const installDebian = (step, name) => {
  const install = async () => {
    if (process.env.CI !== 'true') throw new Skip('none here, and CI is not true');
    if (!onPath('apt-get') || process.getuid?.() !== 0) throw new Skip('none here, and no apt-get as root');
    const env = { DEBIAN_FRONTEND: 'noninteractive' };
    try {
      await run(step, 'apt-get', ['update'], { env });
      await run(step, 'apt-get', ['install', '--yes', '--no-install-recommends', name], { env });
    } catch (error) {
      if (error instanceof StepError) throw new Skip(`could not be installed: ${error.message}`);
      throw error;
    }
  };
  const done = last.then(install);
  last = done.catch(() => {});
  return done;
};
