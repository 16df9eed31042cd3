import * as tf from '@tensorflow/tfjs';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { candidates, preferred } from './backends.browser';

const load = (name: string): Promise<void> =>
  candidates()
    .find((candidate) => candidate.name === name)!
    .load();
const adapter = (found: unknown): void => {
  vi.stubGlobal('navigator', { gpu: { requestAdapter: async () => found } });
};

afterEach(() => {
  vi.unstubAllGlobals();
  if (tf.findBackendFactory('webgpu') !== null) tf.removeBackend('webgpu');
});

describe('the backends of a page', () => {
  it('are tried in this order; there is no environment to ask', () => {
    expect(candidates().map(({ name }) => name)).toEqual(['webgpu', 'wasm', 'cpu']);
    expect(preferred()).toBeUndefined();
  });

  it('must have been imported', async () => {
    await expect(load('wasm')).rejects.toThrow('not imported by the page (@tensorflow/tfjs-backend-wasm)');
    await expect(load('cpu')).resolves.toBeUndefined();
  });

  it.each<[string, unknown, boolean]>([
    ['a hardware adapter', { info: { architecture: 'ampere' } }, true],
    ['no adapter', null, false],
    ['SwiftShader', { info: { architecture: 'swiftshader' } }, false],
    ['a fallback adapter', { info: { isFallbackAdapter: true } }, false],
  ])('webgpu with %s', async (_what, found, taken) => {
    tf.registerBackend('webgpu', () => new tf.KernelBackend());
    adapter(found);
    if (taken) await expect(load('webgpu')).resolves.toBeUndefined();
    else await expect(load('webgpu')).rejects.toThrow('no hardware adapter');
  });

  it('webgpu where the browser has none', async () => {
    tf.registerBackend('webgpu', () => new tf.KernelBackend());
    vi.stubGlobal('navigator', {});
    await expect(load('webgpu')).rejects.toThrow('no hardware adapter');
  });
});
