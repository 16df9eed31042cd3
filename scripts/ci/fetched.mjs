import { existsSync, mkdirSync } from 'node:fs';
import { run, StepError } from './command.mjs';

/** Outside the clone, so that a fresh clone need not fetch again. */
export const cache = process.env.STEADYFORMER_CACHE ?? '/tmp/steadyformer-cache';

/** Thrown where a step has nothing to run on; counts as skipped. */
export class Skip extends Error {}

/** What is being fetched or has been, by folder: steps run side by side. */
const fetches = /** @type {Map<string, Promise<void>>} */ (new Map());

/**
 * The path of a file in a package of the registry, fetched once.
 * @param {import('./command.mjs').Step} step
 * @param {string} name
 * @param {string | number} version
 * @param {string} file inside the package
 * @throws Skip where it cannot be fetched
 */
export const fetched = async (step, name, version, file) => {
  const folder = `${cache}/${name.replaceAll('/', '-')}-${version}`;
  const path = `${folder}/node_modules/${name}/${file}`;
  if (!fetches.has(folder) && existsSync(path)) return path;
  const install = ['install', '--prefix', folder, '--no-save', '--ignore-scripts', '--prefer-offline'];
  const fetching = async () => {
    mkdirSync(folder, { recursive: true });
    await run(step, 'npm', [...install, `${name}@${version}`], { cwd: folder });
  };
  if (!fetches.has(folder)) fetches.set(folder, fetching());
  try {
    await fetches.get(folder);
  } catch (error) {
    if (error instanceof StepError)
      throw new Skip(`${name}@${version} could not be fetched: ${error.message}`);
    throw error;
  }
  if (!existsSync(path)) throw new Skip(`${name}@${version} holds no ${file}`);
  return path;
};

const platform = process.platform === 'win32' ? 'win' : process.platform;

/**
 * The node binary of a major version.
 * @param {import('./command.mjs').Step} step
 * @param {number} major
 */
export const fetchNode = (step, major) =>
  process.versions.node.startsWith(`${major}.`)
    ? Promise.resolve(process.execPath)
    : fetched(step, `node-${platform}-${process.arch}`, major, 'bin/node');

/** @param {import('./command.mjs').Step} step */
export const fetchBun = (step) => {
  const arch = process.arch === 'arm64' ? 'aarch64' : process.arch;
  return fetched(step, `@oven/bun-${process.platform}-${arch}`, 1, 'bin/bun');
};

/** @param {import('./command.mjs').Step} step */
export const fetchDeno = (step) => {
  const name = `@deno/${process.platform}-${process.arch}`;
  return fetched(step, process.platform === 'linux' ? `${name}-glibc` : name, 2, 'deno');
};

/** @param {import('./command.mjs').Step} step */
export const fetchPnpm = (step) => fetched(step, `@pnpm/exe.${process.platform}-${process.arch}`, 12, 'pnpm');

/**
 * npm of a major version and a Node that it supports: `command` and its first arguments.
 * @param {import('./command.mjs').Step} step
 * @param {number} major
 */
export const fetchNpm = async (step, major) => {
  const cli = await fetched(step, 'npm', major, 'bin/npm-cli.js');
  const node = major < 12 ? process.execPath : await fetchNode(step, 24);
  return { node, cli };
};
