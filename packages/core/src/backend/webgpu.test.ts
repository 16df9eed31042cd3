import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { candidates } from './candidates.node';
import { selectBackend } from './select';
import { startWebgpu } from './webgpu';

const adapter = (found: object | null) => ({ requestAdapter: async () => found });
const gpuOf = (): unknown => (globalThis.navigator as { gpu?: unknown } | undefined)?.gpu;

beforeEach(() => {
  vi.stubGlobal('GPUBufferUsage', undefined);
});
afterEach(() => {
  vi.unstubAllGlobals();
});

describe('webgpu in Node', () => {
  it.each<[string, object | undefined]>([
    ['without a navigator', undefined],
    ['with one of its own', {}],
  ])('is there before the backend loads, in a Node %s', async (_name, navigator) => {
    vi.stubGlobal('navigator', navigator);
    const gpu = adapter({});
    let seen: unknown[] = [];
    await startWebgpu(
      async () => ({ create: () => gpu, globals: { GPUBufferUsage: { STORAGE: 128 } } }),
      async () => {
        seen = [gpuOf(), Reflect.get(globalThis, 'GPUBufferUsage')];
      },
    );
    expect(seen).toEqual([gpu, { STORAGE: 128 }]);
    if (navigator) expect(globalThis.navigator).toBe(navigator);
  });

  it('needs an adapter, and leaves no globals behind where there is none', async () => {
    vi.stubGlobal('navigator', undefined);
    const loadBackend = vi.fn();
    const start = startWebgpu(async () => ({ create: () => adapter(null), globals: {} }), loadBackend);
    await expect(start).rejects.toThrow('no WebGPU adapter found');
    expect(loadBackend).not.toHaveBeenCalled();
    expect(gpuOf()).toBeUndefined();
  });

  it('is never chosen by itself', () => {
    expect(candidates().find(({ name }) => name === 'webgpu')?.automatic).toBe(false);
  });

  it('says which package is missing', async () => {
    // This repository installs the backend, for pages, but not `webgpu`.
    const error = await selectBackend('webgpu').catch((reason: unknown) => String(reason));
    expect(error).toMatch(/webgpu is not installed/);
  });
});
