import * as tf from '@tensorflow/tfjs';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { candidates, preferred } from './candidates.node';
import { selectBackend } from './select';

afterEach(() => {
  vi.unstubAllEnvs();
});

describe('the backends of Node', () => {
  it('are tried native first, pure JavaScript last, webgpu on request', () => {
    vi.stubEnv('CUDA_VISIBLE_DEVICES', '');
    expect(candidates().map(({ name }) => name)).toEqual([
      'onnxruntime',
      'tensorflow',
      'wasm',
      'cpu',
      'webgpu',
    ]);
  });

  it('cpu starts without a word about other backends, and other words of tfjs are let through', async () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
    await selectBackend('cpu');
    const tensors = tf.memory().numTensors;
    tf.scalar(1).dispose(); // where tfjs would greet
    expect(warn).not.toHaveBeenCalled();
    expect(tf.memory().numTensors).toBe(tensors);
    expect(tf.env().getBool('PROD')).toBe(false);
    warn.mockRestore();
  });

  it('STEADYFORMER_BACKEND is the standing wish', async () => {
    vi.stubEnv('STEADYFORMER_BACKEND', 'cpu');
    expect(preferred()).toBe('cpu');
    expect((await selectBackend()).message).toBe('backend cpu (asked for)');
    expect(tf.getBackend()).toBe('cpu');
    vi.stubEnv('STEADYFORMER_BACKEND', '');
    expect(preferred()).toBeUndefined();
  });

  it('STEADYFORMER_BACKEND may be wrong', async () => {
    vi.stubEnv('STEADYFORMER_BACKEND', 'onnx');
    await expect(selectBackend()).rejects.toThrow("unknown backend 'onnx', did you mean");
  });

  it('wasm finds its binary by itself', async () => {
    expect((await selectBackend('wasm')).name).toBe('wasm');
    const sum = tf.tidy(() => tf.sum(tf.ones([3])).dataSync()[0]);
    expect(sum).toBe(3);
  });
});
