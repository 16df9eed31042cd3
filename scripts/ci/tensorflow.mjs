import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { root, tools } from '../lib/prepare.mjs';
import { run, StepError } from './command.mjs';
import { cache, fetched, Skip } from './fetched.mjs';
import { tested } from './unitTests.mjs';

const VERSION = '4.22.0';

/** What runs on it: tfjs's suite, core's contract, training, PyTorch's losses, replicas, profiles, measurements. */
const TESTS = [
  ...['tests/backends', 'packages/core/src/models/twin.test.ts', 'packages/core/src/ops'],
  ...['packages/core/src/optim/held.test.ts', 'packages/admin-init/src/initialize/backends.test.ts'],
  'tests/replicas/processes.test.ts',
  ...['packages/admin-init/src/profile/profile.test.ts', 'packages/analysis/src/measure/dependency.test.ts'],
];

/** @param {string[]} command */
const runs = ([program = '', ...args]) => spawnSync(program, args, { stdio: 'ignore' }).status === 0;

/**
 * tfjs-node with TensorFlow behind it, outside the clone: fetched and compiled once.
 * @param {import('./command.mjs').Step} step
 * @returns {Promise<string>} its `node_modules`
 * @throws Skip where something that makes it is not here
 */
const setUp = async (step) => {
  if (process.platform !== 'linux' || process.arch !== 'x64') throw new Skip('needs Linux on x64');
  if (!runs(['g++', '--version'])) throw new Skip('no g++ here');
  if (!runs(['python3', '-m', 'pip', '--version'])) throw new Skip('no python3 with pip here');
  const manifest = await fetched(step, '@tensorflow/tfjs-node', VERSION, 'package.json');
  const modules = dirname(dirname(dirname(manifest)));
  const made = ['lib/napi-v8/tfjs_binding.node', 'deps/lib/libtensorflow_cc.so.2'];
  if (made.every((file) => existsSync(join(dirname(manifest), file)))) return modules;
  const command = join(root, 'packages/backend-tensorflow/dist/command/cli.js');
  try {
    await run(step, process.execPath, [command, 'setup', '--fetch', 'cpu', '--cache', cache], {
      cwd: dirname(modules),
    });
  } catch (error) {
    const [offline] = /pip could not download.*/.exec(readFileSync(step.log, 'utf8')) ?? [];
    if (error instanceof StepError && offline) throw new Skip(offline);
    throw error;
  }
  return modules;
};

/**
 * The tests that run on TensorFlow, on a library of today behind tfjs-node. Needs the packages built.
 * @param {import('./command.mjs').Step} step
 */
export const testOnTensorflow = async (step) => {
  const NODE_PATH = await setUp(step);
  const env = { NODE_PATH, STEADYFORMER_TEST_BACKENDS: 'tensorflow', STEADYFORMER_BACKEND: 'tensorflow' };
  const projects = ['integration', 'core', 'admin-init', 'analysis'].map((name) => `--project=${name}`);
  return tested(step, process.execPath, [tools.vitest, 'run', ...projects, ...TESTS], { env });
};
