import { spawnSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { cache, type Installation, install } from '../testing/installation';

/**
 * What a user's program does: nothing of ours but the import. Prints what it found as its last line.
 * The gradient is compared with tfjs's own cpu backend.
 */
const PROGRAM = `
import * as tf from '@tensorflow/tfjs';
import { availability } from '@steadyformer/backend-tensorflow';

const { available } = availability();
await tf.ready();
const chosen = tf.getBackend();
const gradient = () => {
  const x = tf.tensor2d([[0.5, -1, 2, 0.25], [1, 1, -0.5, 3]]);
  const labels = tf.oneHot(tf.tensor1d([1, 2], 'int32'), 3);
  const w = tf.tensor2d(Array.from({ length: 12 }, (_, i) => Math.sin(i)), [4, 3]);
  return tf.grad((w) => tf.losses.softmaxCrossEntropy(labels, tf.matMul(x, w)))(w);
};
const native = await tf.tidy(gradient).data();
await tf.setBackend('cpu');
const reference = await tf.tidy(gradient).data();
await tf.setBackend('tensorflow');
const error = Math.max(...native.map((value, i) => Math.abs(value - reference[i])));

const before = tf.memory().numTensors;
const [values, indices] = tf.tidy(() => Object.values(tf.topk(tf.tensor1d([1, 3, 2]), 2)).map((t) => [...t.dataSync()]));
const leaked = tf.memory().numTensors - before;

const model = tf.sequential({ layers: [tf.layers.dense({ units: 2, inputShape: [3] })] });
await model.save('file://' + process.cwd() + '/saved');
const loaded = await tf.loadLayersModel('file://' + process.cwd() + '/saved/model.json');

const tfn = await import('@tensorflow/tfjs-node-gpu');
console.log(JSON.stringify({
  available, chosen, error, values, indices, leaked,
  parameters: loaded.countParams(),
  sameEngine: tfn.default.engine() === tf.engine(),
  stillActive: tf.getBackend(),
}));
`;

let installation: Installation;

beforeAll(async () => {
  installation = await install();
}, 900_000);

afterAll(() => {
  if ('project' in installation) rmSync(installation.project, { recursive: true, force: true });
});

const node = (binary: string, project: string, args: string[]) =>
  spawnSync(binary, args, {
    cwd: project,
    encoding: 'utf8',
    env: { ...process.env, STEADYFORMER_CACHE: cache, STEADYFORMER_TENSORFLOW: '' },
  });

test('setup turns a bare tfjs-node-gpu into a working backend, on Node 20, 22 and 24', {
  timeout: 300_000,
}, (context) => {
  if ('reason' in installation) return context.skip(installation.reason);
  const { project, cli, nodes } = installation;

  const bare = node(process.execPath, project, [cli, 'doctor']);
  expect(bare.stdout).toMatch(/addon +MISSING +not compiled/);
  expect(bare.status).toBe(1);

  // As people type it: a folder relative to where they are, a compiler of two words.
  const typed = ['--cache', relative(project, cache), '--compiler', 'env g++'];
  const setup = node(process.execPath, project, [cli, 'setup', '--fetch', 'cpu', ...typed]);
  expect(setup.stderr).toBe('');
  expect(setup.stdout).toMatch(/loads +ok +TensorFlow 2\.21\.0 on CPU\nmatmul +ok/);
  expect(setup.status).toBe(0);

  const program = join(project, 'program.mjs');
  writeFileSync(program, PROGRAM);
  const seen: string[] = [];
  for (const binary of nodes) {
    const { stdout, stderr, status } = node(binary, project, [program]);
    expect(status, stderr).toBe(0);
    const { error, ...rest }: { error: number } = JSON.parse(stdout.trim().split('\n').at(-1)!);
    expect(error).toBeLessThan(1e-6);
    expect(rest).toEqual({
      available: true,
      chosen: 'tensorflow',
      values: [3, 2],
      indices: [1, 2],
      leaked: 0,
      parameters: 8,
      sameEngine: true,
      stillActive: 'tensorflow',
    });
    seen.push(node(binary, project, ['--version']).stdout.trim());
  }
  expect(seen.map((version) => version.slice(0, 4))).toEqual([process.version.slice(0, 4), 'v22.', 'v24.']);
});
