import {
  admin,
  constantOmega,
  postLN,
  preLN,
  selectBackend,
  type Transformer,
  transformer,
} from '@steadyformer/core';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { describeMethod, describeModel, predict } from '..';

beforeAll(async () => {
  await selectBackend('wasm');
});

const build = (method = postLN(), width = 128): Transformer =>
  transformer({ vocabulary: 20, padId: 1, width, heads: 4, depth: 2, method }, 5);

describe('a described model', () => {
  it('has the branches, forms and gains of the method that built it', async () => {
    const model = build();
    const before = tf.memory().numTensors;
    const { encoder, decoder } = await describeModel(model);
    expect(tf.memory().numTensors).toBe(before);
    for (const [stack, described] of [
      ['encoder', encoder!],
      ['decoder', decoder!],
    ] as const) {
      const expected = describeMethod({ method: postLN(), depth: 2, width: 128, stack });
      for (const [i, branch] of described.branches.entries()) {
        const other = expected.branches[i]!;
        expect(branch).toMatchObject({ path: other.path, residual: other.residual, block: other.block });
        expect(branch.form!.kind).toBe(other.form!.kind);
        // Drawn weights have the deviation of their distribution.
        for (const gain of Object.values(branch.form!.gains!)) expect(Math.abs(gain - 1)).toBeLessThan(0.02);
      }
      expect(described.branches[0]!.form).toMatchObject({ causal: stack === 'decoder' });
    }
    model.dispose();
  });

  it('predicts what the method predicts', async () => {
    const model = build(preLN());
    const before = tf.memory().numTensors;
    const predicted = await predict(model, { input: { variance: 1.4, correlation: 0.2 } });
    expect(tf.memory().numTensors).toBe(before);
    const expected = predict({
      method: preLN(),
      depth: 2,
      width: 128,
      input: { variance: 1.4, correlation: 0.2 },
    });
    expect(Object.keys(predicted)).toEqual(['encoder', 'decoder']);
    for (const [i, beta] of predicted.encoder!.diagonal.entries()) {
      expect(Math.abs(beta / expected.diagonal[i]! - 1)).toBeLessThan(0.03);
    }
    expect(predicted.encoder!.growth).toMatchObject({ notation: 'O(log N)' });
    expect(predicted.decoder!.branches[4]!.path).toBe('decoder.layers.1.crossAttention');
    model.dispose();
  });

  it('uses the shortcut scales in force, and variances by path', async () => {
    const model = build(admin());
    const omega = constantOmega(4);
    for (const { subLayer } of model.encoder.subLayers()) {
      const value = tf.fill([128], omega);
      subLayer.omega!.assign(value);
      value.dispose();
    }
    const path = 'encoder.layers.1.feedForward';
    const { encoder } = await predict(model, { variances: { [path]: 0.7 } });
    const last = encoder!.branches.at(-1)!;
    expect(last.variance).toBe(0.7);
    expect(last.omega).toBeCloseTo(omega, 5);
    expect(last.beta ** 2).toBeCloseTo(0.7 / (omega ** 2 + 0.7), 5);
    model.dispose();
  });
});
