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

  it('knows no closed form of attention with a norm of its values, and that of normed queries and keys', async () => {
    const attending = (branchOptions: Readonly<Record<string, unknown>>): ResidualMethod => ({
      ...methodWith({}),
      plan: (place) => ({
        ...postLN().plan(place),
        ...(place.kind === 'selfAttention' ? { branchOptions } : {}),
      }),
    });
    const [plain, normed, valued] = [{}, { queryKeyNorm: 'rms' }, { valueNorm: 'rms' }].map(attending);
    for (const method of [plain!, normed!]) expect(predict({ method, depth: 2 }).growth).toBeDefined();
    expect(() => predict({ method: valued!, depth: 2 })).toThrow('or a branch with a closed form');
    const models = [plain!, normed!, valued!].map((method) =>
      encoder({ width: 8, heads: 2, depth: 2, method }),
    );
    const forms = await Promise.all(
      models.map((model) =>
        formOf(model.encoder.subLayers()[0]!.subLayer.branch, { width: 8, causal: false }),
      ),
    );
    expect(forms[0]).toMatchObject({ kind: 'selfAttention' });
    expect(forms[1]).toEqual(forms[0]);
    expect(forms[2]).toBeUndefined();
    for (const model of models) model.dispose();
  });

  it('refuses a name that no norm has', () => {
    const method = methodWith({ after: 'batch' as never });
    expect(() => predict({ method, depth: 2 })).toThrow("received 'batch', allowed 'layer', 'rms', 'scale'");
  });
});
