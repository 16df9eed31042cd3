import {
  encoder,
  LayerNorm,
  type NormFactory,
  postLN,
  type Residual,
  type ResidualMethod,
  selectBackend,
} from '@steadyformer/core';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { dependency } from '../measure/dependency';
import { outputChange } from '../measure/outputChange';
import { formOf } from './knownForms';
import { predict } from './predict';

const own: NormFactory = { name: 'mine', make: (width) => new LayerNorm(width) };

const methodWith = (norms: Partial<Residual>): ResidualMethod => ({
  name: 'own',
  options: {},
  plan: (place) => ({ residual: { ...postLN().plan(place).residual, ...norms } }),
});

beforeAll(async () => {
  await selectBackend('cpu');
});

describe("the theory and a norm of the user's own", () => {
  it.each(['before', 'inside', 'after'] as const)('refuses it %s, and says what measures', async (where) => {
    const method = methodWith({ [where]: own });
    const message =
      `norm ${where} encoder.layers.0.selfAttention: received 'mine', allowed 'layer', 'rms', 'scale' and those that state outputPower. ` +
      'The theory knows no other norm: measure with outputChange().';
    expect(() => predict({ method, depth: 2 })).toThrow(message);
    const model = encoder({ width: 8, heads: 2, depth: 2, method });
    await expect(predict(model)).rejects.toThrow(message);
    const x = tf.randomNormal<tf.Rank.R3>([2, 3, 8], 0, 1, 'float32', 1);
    const { encoder: measured } = await outputChange(model, x, {
      change: { kind: 'gaussian', ratio: 1e-2 },
      seeds: [1],
    });
    expect(measured!.at(-1)!.change.mean).toBeGreaterThan(0);
    x.dispose();
    model.dispose();
  });

  it('is nothing to follow a branch through either, after the sum', async () => {
    const model = encoder({ width: 8, heads: 2, depth: 2, method: methodWith({ after: own }) });
    const x = tf.randomNormal<tf.Rank.R3>([2, 3, 8], 0, 1, 'float32', 1);
    const before = tf.memory().numTensors;
    await expect(dependency(model, x)).rejects.toThrow(
      "dependency() norm after encoder.layers.0.selfAttention: received 'mine', allowed 'layer', 'rms', 'scale'.",
    );
    expect(tf.memory().numTensors).toBe(before);
    x.dispose();
    model.dispose();
  });

  it('is nothing to follow inside a branch either, where built-in norms are known', async () => {
    const attending = (branchOptions: Readonly<Record<string, unknown>>): ResidualMethod => ({
      ...methodWith({}),
      plan: (place) => ({
        ...postLN().plan(place),
        ...(place.kind === 'selfAttention' ? { branchOptions } : {}),
      }),
    });
    for (const branchOptions of [{ valueNorm: own }, { innerNorm: own }]) {
      const method = attending(branchOptions);
      expect(() => predict({ method, depth: 2 })).toThrow('or a branch with a closed form');
      const model = encoder({ width: 8, heads: 2, depth: 2, method });
      const { branch } = model.encoder.subLayers()[0]!.subLayer;
      expect(await formOf(branch, { width: 8, causal: false })).toBeUndefined();
      model.dispose();
    }
    for (const branchOptions of [{ queryKeyNorm: 'rms' }, { valueNorm: 'rms' }, { innerNorm: 'layer' }]) {
      const method = attending(branchOptions);
      expect(predict({ method, depth: 2 }).growth).toBeDefined();
      const model = encoder({ width: 8, heads: 2, depth: 2, method });
      const { branch } = model.encoder.subLayers()[0]!.subLayer;
      const expected = { kind: 'selfAttention', scale: expect.closeTo(1, 6), ...branchOptions };
      expect(await formOf(branch, { width: 8, causal: false })).toMatchObject(expected);
      model.dispose();
    }
  });

  it('refuses a name that no norm has', () => {
    const method = methodWith({ after: 'batch' as never });
    expect(() => predict({ method, depth: 2 })).toThrow("received 'batch', allowed 'layer', 'rms', 'scale'");
  });
});
