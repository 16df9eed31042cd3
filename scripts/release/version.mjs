// `npm run release:version`: the changesets become versions and changelogs; the lock file and CITATION.cff follow.
// `--no-lock` leaves the lock file alone.
import { spawnSync } from 'node:child_process';
import { requireEnvironment, root } from '../lib/prepare.mjs';
import { writeCitation } from './citation.mjs';

/**
 * Runs one program in the repository, and stops with its exit code where it fails.
 * @param {string} command
 * @param {readonly string[]} args
 */
const run = (command, args) => {
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: 'inherit' });
  if (error !== undefined) console.error(error.message);
  if (status !== 0) process.exit(status ?? 1);
};

requireEnvironment();
run(process.execPath, [`${root}node_modules/@changesets/cli/bin.js`, 'version']);
writeCitation();
if (!process.argv.includes('--no-lock')) {
  run('npm', ['install', '--package-lock-only', '--ignore-scripts', '--no-audit', '--no-fund']);
}
