import { execFileSync } from 'node:child_process';
import { delimiter, dirname } from 'node:path';
import { note, run, StepError } from './command.mjs';
import { cache, fetchBun, fetchNpm, fetchPnpm, Skip } from './fetched.mjs';
import { startProxy } from './registryProxy.mjs';

/** @typedef {import('./command.mjs').Step} Step */

const proxyOnly = new URL('proxyOnly.mjs', import.meta.url).href;

/**
 * A package manager as a user calls it: `add` is what comes before the packages.
 * @typedef {object} Manager
 * @property {string} command
 * @property {readonly string[]} add
 * @property {string} node the Node of its install scripts
 */

/** @type {Record<string, (step: Step) => Promise<Manager>>} */
export const managers = {
  ...Object.fromEntries(
    [10, 11, 12].map((major) => [
      `npm ${major}`,
      async (/** @type {Step} */ step) => {
        const { node, cli } = await fetchNpm(step, major);
        return { command: node, add: [cli, 'install'], node };
      },
    ]),
  ),
  pnpm: async (step) => ({
    command: await fetchPnpm(step),
    // Files are kept from run to run; what there is to be had is asked anew each time.
    add: ['add', '--store-dir', `${cache}/pnpm-store`, '--config.cache-dir=pnpm-cache'],
    node: process.execPath,
  }),
  Bun: async (step) => ({
    command: await fetchBun(step),
    add: ['add', '--no-cache'],
    node: process.execPath,
  }),
};

/** One of npm's settings here, or undefined. */
const setting = (/** @type {string} */ key) => {
  const value = execFileSync('npm', ['config', 'get', key], { encoding: 'utf8' }).trim();
  return ['', 'null', 'undefined'].includes(value) ? undefined : value;
};

/**
 * Adds packages to a program as a user would, on a network where nothing but the registry answers.
 *
 * Every request goes through a proxy that refuses other hosts. Programs on Node, install scripts among them, cannot
 * open a connection past it.
 * @param {Step} step
 * @param {string} name of the manager
 * @param {string} folder with a package.json
 * @param {readonly string[]} packages tarballs and names
 */
export const addOnClosedNetwork = async (step, name, folder, packages) => {
  const manager = managers[name];
  if (manager === undefined) throw new Error(`no such manager: ${name}`);
  const { command, add, node } = await manager(step);
  if (setting('https-proxy') !== undefined) throw new Skip('the registry is behind a proxy here');
  const registry = new URL(setting('registry') ?? '');
  const proxy = await startProxy(registry.host);
  const env = {
    PATH: `${dirname(node)}${delimiter}${process.env.PATH ?? ''}`,
    NODE_OPTIONS: `--import ${proxyOnly}`,
    STEADYFORMER_PROXY: proxy.url,
    npm_config_cache: `${cache}/npm-cache`,
    BUN_INSTALL_CACHE_DIR: `${cache}/bun-cache`,
    NO_PROXY: '',
    no_proxy: '',
    ...Object.fromEntries(
      [
        'http_proxy',
        'https_proxy',
        'HTTP_PROXY',
        'HTTPS_PROXY',
        'npm_config_proxy',
        'npm_config_https_proxy',
      ].map((key) => [key, proxy.url]),
    ),
  };
  try {
    await run(step, command, [...add, ...packages], { cwd: folder, env });
  } finally {
    await proxy.close();
    note(
      step,
      `${proxy.passed()} requests to the registry; refused: ${proxy.refused().join(', ') || 'none'}`,
    );
  }
  if (proxy.passed() === 0) throw new StepError(`${name} did not ask through the proxy: nothing was tried`);
  if (proxy.refused().length > 0) throw new StepError(`${name} asked for ${proxy.refused().join(', ')} too`);
};

/** Multiplies natively on the installed backend, and says on what. */
export const multiply = `
import * as tf from '@tensorflow/tfjs';
import { availability, runtimeVersion } from '@steadyformer/backend-onnxruntime';
await tf.ready();
if (tf.getBackend() !== 'onnxruntime') throw new Error(availability().reason ?? tf.getBackend());
const product = tf.matMul(tf.fill([128, 64], 2), tf.fill([64, 32], 3));
const values = await product.data();
if (values.length !== 128 * 32 || !values.every((value) => value === 384)) throw new Error('wrong: ' + product);
console.log('onnxruntime', runtimeVersion(), 'on', process.version);
`;
