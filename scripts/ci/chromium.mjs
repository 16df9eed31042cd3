import { installDebian, onPath } from './debian.mjs';

/**
 * Gives the browser tests a Chromium from Debian's packages. They look for it in the usual places and skip without.
 * @param {import('./command.mjs').Step} step
 */
export const installChromium = async (step) => {
  if (['chromium', 'chromium-browser', 'google-chrome'].some(onPath) || process.env.CHROME_PATH) return;
  await installDebian(step, 'chromium');
};
