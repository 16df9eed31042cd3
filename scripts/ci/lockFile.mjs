import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { root } from '../lib/prepare.mjs';
import { run, StepError } from './command.mjs';
import { fetchNpm } from './fetched.mjs';

/** Warnings of npm about what the repository itself says; what the user's own configuration says is not ours. */
const OURS = /npm warn (Unknown project config|install-scripts|EBADENGINE|deprecated lock)/i;

/**
 * Lines of npm's output that complain about the repository.
 * @param {string} output
 */
export const complaints = (output) => output.split('\n').filter((line) => OURS.test(line));

/**
 * Whether an npm would install what the lock file says: each release judges by itself whether manifests and lock file
 * agree. Tried as in a fresh clone, where nothing is installed; nothing is fetched or written.
 * @param {import('./command.mjs').Step} step
 * @param {number} major
 * @param {string} folder an empty one
 */
export const tryLockFile = async (step, major, folder) => {
  const { node, cli } = await fetchNpm(step, major);
  const patterns = ['package.json', '*/package.json', 'package-lock.json', '.npmrc'];
  const files = execFileSync('git', ['ls-files', '-z', ...patterns], { cwd: root, encoding: 'utf8' });
  for (const file of files.split('\0').filter(Boolean)) {
    mkdirSync(dirname(`${folder}/${file}`), { recursive: true });
    copyFileSync(`${root}${file}`, `${folder}/${file}`);
  }
  // Fetching that npm, by a Node that it may not support, has said what it had to say already.
  const before = readFileSync(step.log).length;
  await run(step, node, [cli, 'ci', '--dry-run', '--no-audit', '--no-fund'], { cwd: folder });
  const found = complaints(readFileSync(step.log).subarray(before).toString());
  if (found.length > 0) throw new StepError(`npm ${major} complains: ${found[0]}`);
};
