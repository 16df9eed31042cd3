import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { run, StepError } from './command.mjs';
import { Skip } from './fetched.mjs';

const onPath = (/** @type {string} */ name) =>
  (process.env.PATH ?? '').split(delimiter).some((folder) => existsSync(join(folder, name)));

/**
 * Gives the browser tests a Chromium from Debian's packages, where this is a machine of continuous integration that
 * may install one. They look for it in the usual places and skip without.
 * @param {import('./command.mjs').Step} step
 */
export const installChromium = async (step) => {
  if (['chromium', 'chromium-browser', 'google-chrome'].some(onPath) || process.env.CHROME_PATH) return;
  if (process.env.CI !== 'true') throw new Skip('none here, and CI is not true');
  if (!onPath('apt-get') || process.getuid?.() !== 0) throw new Skip('none here, and no apt-get as root');
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  try {
    await run(step, 'apt-get', ['update'], { env });
    await run(step, 'apt-get', ['install', '--yes', '--no-install-recommends', 'chromium'], { env });
  } catch (error) {
    if (error instanceof StepError) throw new Skip(`could not be installed: ${error.message}`);
    throw error;
  }
};
