import { describe, expect, it } from 'vitest';
import { examine } from './examine';
import type { Trial } from './trial';

const working =
  (...names: string[]) =>
  async (name: string): Promise<Trial> =>
    names.includes(name) ? { works: true } : { works: false, reason: `${name} is not installed` };

describe('an examination', () => {
  it('tries all, and takes the first that works and need not be asked for', async () => {
    const { backends, chosen, warnings } = await examine(working('wasm', 'cpu', 'webgpu'), undefined);
    expect(backends.map(({ name }) => name).sort()).toEqual([
      'cpu',
      'onnxruntime',
      'tensorflow',
      'wasm',
      'webgpu',
    ]);
    expect(chosen).toBe('wasm');
    expect(warnings).toEqual([]);
    expect(backends.find(({ name }) => name === 'webgpu')).toMatchObject({ automatic: false, works: true });
    expect((await examine(working('webgpu'), undefined)).chosen).toBeNull();
  });

  it('follows the standing wish, and says where it cannot be', async () => {
    expect(await examine(working('wasm', 'cpu'), 'cpu')).toMatchObject({ chosen: 'cpu', warnings: [] });
    expect(await examine(working('wasm', 'cpu'), 'auto')).toMatchObject({ chosen: 'wasm', warnings: [] });
    for (const wish of ['onnxruntime', 'onnx']) {
      expect(await examine(working('wasm'), wish)).toMatchObject({
        chosen: null,
        warnings: [
          `STEADYFORMER_BACKEND asks for '${wish}', which does not work here: unset it, or name another`,
        ],
      });
    }
  });

  it('says what to do about each that does not work', async () => {
    const { backends } = await examine(working(), undefined);
    expect(Object.fromEntries(backends.map(({ name, remedy }) => [name, remedy]))).toEqual({
      onnxruntime: 'Run: npm install @steadyformer/backend-onnxruntime',
      tensorflow:
        'Run: npm install @steadyformer/backend-tensorflow, then: npx steadyformer-tensorflow doctor',
      wasm: 'Run: npm install @tensorflow/tfjs-backend-wasm@4.22.0',
      webgpu: 'Run: npm install webgpu @tensorflow/tfjs-backend-webgpu@4.22.0',
      cpu: undefined,
    });
    const sick = await examine(async () => ({ works: false, reason: 'too old' }), undefined);
    expect(sick.backends.find(({ name }) => name === 'tensorflow')?.remedy).toBe(
      'More: npx steadyformer-tensorflow doctor',
    );
  });
});
