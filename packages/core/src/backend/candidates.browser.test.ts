import * as tf from '@tensorflow/tfjs';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { BackendCandidate } from './candidate';
import { candidates, preferred } from './candidates.browser';

/** A backend that does nothing. */
class Fake extends tf.KernelBackend {
  override dispose(): void {}
}

const candidate = (wanted: string): BackendCandidate => candidates().find(({ name }) => name === wanted)!;
const load = (name: string): Promise<void> => candidate(name).load();
const recommend = (name: string): Promise<void> | undefined => candidate(name).recommend?.();
const adapter = (found: unknown): void => {
  vi.stubGlobal('navigator', { gpu: { requestAdapter: async () => found } });
};

afterEach(() => {
  vi.unstubAllGlobals();
  for (const name of ['webgpu', 'webgl']) if (tf.findBackendFactory(name) !== null) tf.removeBackend(name);
  tf.env().set('WEBGL_RENDER_FLOAT32_CAPABLE', false);
});

describe('the backends of a page', () => {
  it('are tried in this order; there is no environment to ask', () => {
    expect(candidates().map(({ name }) => name)).toEqual(['webgpu', 'wasm', 'webgl', 'cpu']);
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
    tf.registerBackend('webgpu', () => new Fake());
    adapter(found);
    await expect(load('webgpu')).resolves.toBeUndefined();
    if (taken) await expect(recommend('webgpu')).resolves.toBeUndefined();
    else await expect(recommend('webgpu')).rejects.toThrow('no hardware adapter');
  });

  it('webgl of full precision, which tfjs registers in every page', async () => {
    await expect(recommend('webgl')).rejects.toThrow(
      'not imported by the page (@tensorflow/tfjs-backend-webgl)',
    );
    tf.registerBackend('webgl', () => new Fake());
    await expect(recommend('webgl')).rejects.toThrow('no WebGL here, or one of half precision');
    await expect(load('webgl')).resolves.toBeUndefined(); // which may always be asked for
    tf.env().set('WEBGL_RENDER_FLOAT32_CAPABLE', true);
    await expect(recommend('webgl')).resolves.toBeUndefined();
  });

  it('webgpu where the browser has none', async () => {
    tf.registerBackend('webgpu', () => new Fake());
    vi.stubGlobal('navigator', {});
    await expect(recommend('webgpu')).rejects.toThrow('no hardware adapter');
  });
});

describe('selectBackend() in a page', () => {
  const page = async (): Promise<typeof import('./select')> => {
    vi.resetModules();
    vi.doMock('#backends', () => import('./candidates.browser'));
    return import('./select');
  };
  afterEach(() => vi.doUnmock('#backends'));

  it('stays on webgl, on which every page of tfjs starts, where nothing better is there', async () => {
    const { selectBackend } = await page();
    tf.registerBackend('webgl', () => new Fake());
    await tf.setBackend('webgl');
    tf.env().set('WEBGL_RENDER_FLOAT32_CAPABLE', true);
    vi.stubGlobal('navigator', {});
    const { name, message } = await selectBackend();
    expect([name, tf.getBackend()]).toEqual(['webgl', 'webgl']);
    expect(message).toMatch(
      /^backend webgl \(not webgpu: no hardware adapter; wasm: not imported by the page /,
    );
    expect((await selectBackend('webgl')).message).toBe('backend webgl (asked for)');
  });

  it('leaves a webgl of half precision, saying so', async () => {
    const { selectBackend } = await page();
    tf.registerBackend('webgl', () => new Fake());
    await tf.setBackend('webgl');
    vi.stubGlobal('navigator', {});
    expect((await selectBackend()).message).toMatch(
      /^backend cpu \(.*; webgl: no WebGL here, or one of half precision\)$/,
    );
    expect(tf.getBackend()).toBe('cpu');
  });
});
