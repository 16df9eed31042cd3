import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { root, tools } from '../lib/prepare.mjs';
import { run, StepError } from './command.mjs';
import { readReport, reportTo } from './unitTests.mjs';

/** Outside the clone, so that a fresh clone need not fetch again. */
const cache = process.env.STEADYFORMER_CACHE ?? '/tmp/steadyformer-cache';

/** Thrown where a step has nothing to run on; counts as skipped. */
export class Skip extends Error {}

/**
 * The node binary of a major version, from the npm package that carries it.
 * @param {import('./command.mjs').Step} step
 * @param {number} major
 */
const fetchNode = async (step, major) => {
  const name = `node-${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`;
  const folder = `${cache}/node-${major}`;
  const binary = `${folder}/node_modules/${name}/bin/node`;
  if (existsSync(binary)) return binary;
  mkdirSync(folder, { recursive: true });
  const install = ['install', '--prefix', folder, '--no-save', '--ignore-scripts', '--prefer-offline'];
  try {
    await run(step, 'npm', [...install, `${name}@${major}`], { cwd: folder });
  } catch (error) {
    if (error instanceof StepError) throw new Skip(`${name}@${major} could not be fetched: ${error.message}`);
    throw error;
  }
  if (!existsSync(binary)) throw new Skip(`${name}@${major} holds no binary at bin/node`);
  return binary;
};

/**
 * Runs the unit tests under another version of Node.
 * @param {import('./command.mjs').Step} step
 * @param {number} major
 * @param {string} work a folder for the report
 */
export const testOnNode = async (step, major, work) => {
  const binary = await fetchNode(step, major);
  await run(step, binary, ['--version']);
  const report = `${work}/vitest-${major}.json`;
  // Tests that start `node` themselves must find the same version first.
  const env = { PATH: `${dirname(binary)}:${process.env.PATH ?? ''}` };
  try {
    // Programs, docs and pages have been run once: here it is the packages and what joins them.
    const projects = [...readdirSync(`${root}packages`), 'integration'].map((name) => `--project=${name}`);
    const args = [tools.vitest, 'run', ...projects, ...reportTo(report)];
    await run(step, binary, args, { cwd: root, env });
  } catch (error) {
    if (error instanceof StepError) return { ...readReport(step, report), problem: error.message };
    throw error;
  }
  return readReport(step, report);
};
