// Run before each test file. Files share processes: each finds tfjs on the backend that a new process would start, and
// has to leave the process as it found it.
import { afterAll, expect, inject } from 'vitest';

/**
 * What tests look at of tfjs's engine, which lies on the global object and stays from file to file.
 * @typedef {object} Engine
 * @property {Record<string, unknown>} registryFactory
 * @property {(name: string) => boolean | Promise<boolean>} setBackend
 * @property {{ scopeStack: unknown[] }} state
 */

const tfjs =
  /** @type {typeof globalThis & { _tfengine?: Engine, _tfGlobals?: Map<string, Map<string, unknown>> }} */ (
    globalThis
  );

const first = inject('backend');
const engine = tfjs._tfengine;
if (engine !== undefined && first in engine.registryFactory) await engine.setBackend(first);

const globals = () => Object.getOwnPropertyNames(globalThis).filter((name) => !name.startsWith('_'));
/** Of ours on tfjs's own backends. */
const kernels = () =>
  [...(tfjs._tfGlobals?.get('kernelRegistry')?.keys() ?? [])].filter((name) =>
    /^(cpu|wasm)_Steady/.test(name),
  );

/** What could be left otherwise, by name; what the environment holds is never printed. */
const look = () =>
  new Map(
    /** @type {[string, unknown][]} */ ([
      ['the working folder', process.cwd()],
      ['the scopes of tfjs', tfjs._tfengine?.state.scopeStack.length ?? 0],
      ...Object.entries(process.env).map(([name, value]) => [`the environment's ${name}`, value]),
      ...globals().map((name) => [`the global ${name}`, true]),
      ...kernels().map((name) => [`the kernel ${name}`, true]),
    ]),
  );

const before = look();

afterAll(() => {
  const now = look();
  const changed = [...new Set([...before.keys(), ...now.keys()])].filter(
    (name) => before.get(name) !== now.get(name),
  );
  const said = 'what a test file leaves changed in its process: restore it, or see scripts/vitest/alone.mjs';
  expect(changed, said).toEqual([]);
});
