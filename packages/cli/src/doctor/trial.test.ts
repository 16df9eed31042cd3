import * as tf from '@tensorflow/tfjs';
import { afterEach, describe, expect, it, vi } from 'vitest';

const extra = vi.hoisted(() => ({ candidates: [] as object[] }));
vi.mock('@steadyformer/core', async (original) => {
  const core = await original<typeof import('@steadyformer/core')>();
  return { ...core, backendCandidates: () => [...core.backendCandidates(), ...extra.candidates] };
});
const { tryBackend } = await import('./trial');

afterEach(() => {
  extra.candidates.length = 0;
});

describe('trying a backend', () => {
  it.each(['cpu', 'wasm', 'onnxruntime'])('%s works here, and how fast', async (name) => {
    const trial = await tryBackend(name);
    expect(trial).toMatchObject({ works: true });
    expect(trial.milliseconds).toBeGreaterThan(0);
    expect(tf.getBackend()).toBe(name);
    if (name !== 'onnxruntime') return expect(trial.library).toBeUndefined();
    expect(trial.library).toEqual({
      version: expect.stringMatching(/^1\.\d+\.\d+/),
      file: expect.stringContaining('onnxruntime'),
    });
    expect(trial.products).toMatchObject({
      name: expect.stringMatching(/\w{3}/),
      passedOver: expect.any(Array),
    });
  });

  it('leaves no tensor behind', async () => {
    await tryBackend('wasm');
    const before = tf.memory().numTensors;
    await tryBackend('wasm');
    expect(tf.memory().numTensors).toBe(before);
  });

  it('gives the reason of one that does not load', async () => {
    extra.candidates.push({ name: 'lost', load: () => Promise.reject(new Error('not here\n  at all')) });
    expect(await tryBackend('lost')).toEqual({ works: false, reason: 'not here at all' });
  });

  it('gives what tfjs says, and the remedy, of one that does not start', async () => {
    tf.registerBackend('sick', () => Promise.reject(new Error('no device')));
    extra.candidates.push({ name: 'sick', load: async () => {}, remedy: 'plug one in' });
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
    const { works, reason } = await tryBackend('sick');
    expect(works).toBe(false);
    expect(reason).toMatch(/^tfjs could not start 'sick'; plug one in; .*no device/);
    expect(warn).not.toHaveBeenCalled();
    warn.mockRestore();
  });

  it.each([
    ['a wrong value', (values: Float32Array) => values.fill(1, 100, 101), /off by \d/],
    ['NaN', (values: Float32Array) => values.fill(Number.NaN, 5, 6), /off by NaN/],
  ])('sees %s among thousands', async (_, spoil, reason) => {
    await tf.setBackend('cpu');
    const cpu = tf.backend();
    tf.registerBackend('liar', () => {
      const liar = Object.create(cpu);
      liar.read = async (id: object) => spoil((await cpu.read(id)) as Float32Array);
      return liar;
    });
    tf.registerKernel({ ...tf.getKernel('BatchMatMul', 'cpu'), backendName: 'liar' });
    for (const kernel of ['Reshape', 'Identity', 'Cast']) {
      tf.registerKernel({ ...tf.getKernel(kernel, 'cpu'), backendName: 'liar' });
    }
    extra.candidates.push({ name: 'liar', load: async () => {} });
    try {
      const trial = await tryBackend('liar');
      expect(trial).toEqual({ works: false, reason: expect.stringMatching(reason) });
    } finally {
      tf.removeBackend('liar');
      for (const kernel of ['BatchMatMul', 'Reshape', 'Identity', 'Cast'])
        tf.unregisterKernel(kernel, 'liar');
      await tf.setBackend('cpu');
    }
  });

  it('names one near an unknown', async () => {
    expect((await tryBackend('wsam')).reason).toContain("did you mean 'wasm'?");
  });
});
