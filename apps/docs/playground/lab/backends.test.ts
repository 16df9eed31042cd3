import { describe, expect, it } from 'vitest';
import { chooseBackend, type Starters } from './backends';

const works = async (): Promise<void> => {};
const fails = async (): Promise<void> => {
  throw new Error('not today');
};
const all: Starters = { wasm: works, cpu: works, webgpu: works };
const simd = async (): Promise<boolean> => true;
const softwareGpu = async (): Promise<boolean> => false;

describe('chooseBackend()', () => {
  it('takes the one that is asked for, and wasm unasked', async () => {
    for (const name of ['wasm', 'cpu', 'webgpu'] as const) {
      expect(await chooseBackend(name, { start: all, simd, softwareGpu })).toEqual({ name, notes: [] });
    }
    expect(await chooseBackend('auto', { start: all, simd, softwareGpu })).toEqual({
      name: 'wasm',
      notes: [],
    });
  });

  it('takes the fastest that works in place of one that does not, and says why', async () => {
    expect(await chooseBackend('webgpu', { start: { ...all, webgpu: fails }, simd, softwareGpu })).toEqual({
      name: 'wasm',
      notes: ['webgpu does not work here: not today'],
    });
    expect(await chooseBackend('auto', { start: { ...all, wasm: fails }, simd, softwareGpu })).toEqual({
      name: 'cpu',
      notes: ['wasm does not work here: not today'],
    });
  });

  it('says where WebAssembly lacks SIMD', async () => {
    const { name, notes } = await chooseBackend('wasm', { start: all, simd: async () => false });
    expect(name).toBe('wasm');
    expect(notes).toEqual(['This browser has no WebAssembly SIMD: everything works, several times slower.']);
  });

  it('says where WebGPU has no GPU', async () => {
    const { name, notes } = await chooseBackend('webgpu', { start: all, softwareGpu: async () => true });
    expect(name).toBe('webgpu');
    expect(notes).toEqual([expect.stringContaining('wasm is faster')]);
  });

  it('throws where none works, with all reasons', async () => {
    await expect(
      chooseBackend('webgpu', { start: { wasm: fails, cpu: fails, webgpu: fails }, simd, softwareGpu }),
    ).rejects.toThrow(
      'No backend works here. webgpu does not work here: not today wasm does not work here: not today cpu does',
    );
  });
});
