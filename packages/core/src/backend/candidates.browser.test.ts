import * as tf from '@tensorflow/tfjs';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { BackendCandidate } from './candidate';
import { candidates, preferred } from './candidates.browser';

const candidate = (wanted: string): BackendCandidate => candidates().find(({ name }) => name === wanted)!;
const load = (name: string): Promise<void> => candidate(name).load();
const recommend = (name: string): Promise<void> | undefined => candidate(name).recommend?.();
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
  ])('webgpu with %s, which may always be asked for', async (_what, found, taken) => {
    tf.registerBackend('webgpu', () => new tf.KernelBackend());
    adapter(found);
    await expect(load('webgpu')).resolves.toBeUndefined();
    if (taken) await expect(recommend('webgpu')).resolves.toBeUndefined();
    else await expect(recommend('webgpu')).rejects.toThrow('no hardware adapter');
  });

  it('webgpu where the browser has none', async () => {
    tf.registerBackend('webgpu', () => new tf.KernelBackend());
    vi.stubGlobal('navigator', {});
    await expect(recommend('webgpu')).rejects.toThrow('no hardware adapter');
  });
});
