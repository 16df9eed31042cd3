import { mkdirSync, readFileSync } from 'node:fs';
import { root } from '../lib/prepare.mjs';
import { note, run, StepError } from './command.mjs';
import { publicPackages } from './workspaces.mjs';

/** @typedef {import('./command.mjs').Step} Step */
/** @typedef {import('./workspaces.mjs').Workspace & { tarball: string, files: string[] }} Packed */

/** What a package must carry, and what it must not. */
const REQUIRED = ['LICENSE', 'package.json', 'dist/index.js', 'dist/index.d.ts', 'src/index.ts'];
const FORBIDDEN = /\.test(-d)?\.ts$|\/fixtures\/|\/node_modules\//;

/**
 * Packs every public package as npm would publish it.
 * @param {Step} step
 * @param {string} folder receives the tarballs
 * @returns {Promise<Packed[]>}
 */
export const packAll = async (step, folder) => {
  mkdirSync(folder, { recursive: true });
  /** @type {Packed[]} */
  const packed = [];
  for (const workspace of publicPackages()) {
    const json = `${folder}/${packed.length}.json`;
    const args = ['pack', '--json', '--ignore-scripts', '--pack-destination', folder];
    await run(step, 'npm', args, { cwd: workspace.folder, stdout: json });
    const [result] = JSON.parse(readFileSync(json, 'utf8'));
    const files = result.files.map((/** @type {{ path: string }} */ { path }) => path);
    packed.push({ ...workspace, tarball: `${folder}/${result.filename}`, files });
    note(step, `${workspace.manifest.name}: ${files.length} files, ${result.size} bytes`);
  }
  const problems = packed.flatMap(({ manifest, files }) => [
    ...REQUIRED.filter((file) => !files.includes(file)).map((file) => `${manifest.name} lacks ${file}`),
    ...files.filter((file) => FORBIDDEN.test(file)).map((file) => `${manifest.name} carries ${file}`),
  ]);
  for (const problem of problems) note(step, problem);
  if (problems.length > 0) throw new StepError(`${problems.length} problems with the files of the packages`);
  return packed;
};

/**
 * publint's strict rules on one tarball.
 * @param {Step} step
 * @param {Packed} packed
 */
export const publintTarball = (step, { tarball }) =>
  run(step, process.execPath, [`${root}node_modules/publint/src/cli.js`, 'run', tarball, '--strict']);

/**
 * Are the types right? for every way of importing an ESM-only package.
 * @param {Step} step
 * @param {Packed} packed
 */
export const checkTypes = (step, { tarball }) => {
  const cli = `${root}node_modules/@arethetypeswrong/cli/dist/index.js`;
  const options = ['--profile', 'esm-only', '--format', 'ascii', '--no-color', '--no-emoji'];
  return run(step, process.execPath, [cli, tarball, ...options]);
};
