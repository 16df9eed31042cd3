import { beforeAll, describe, expect, it } from 'vitest';
import { selectBackend } from '../backend/select';
import { encoder } from '../models/encoder';
import { methodFrom } from '../residual/methods';
import { admin } from '../residual/methods/admin';
import { deepNorm } from '../residual/methods/deepNorm';
import { initialWeights } from './initialWeights';
import { initialWeightsText } from './summaryText';

const sizes = { vocabulary: 300, padId: 1, width: 64, heads: 4, feedForward: 128, depth: 1 };

beforeAll(async () => {
  await selectBackend('cpu');
});

describe('initialWeightsText', () => {
  it('prints distribution, deviation, rule and who asked for it', () => {
    const model = encoder({ ...sizes, method: deepNorm() });
    const lines = initialWeightsText({ weights: initialWeights(model) }).split('\n');
    const [bound, gain] = [0.595 * Math.sqrt(6 / 192), 8 ** -0.25];
    expect(bound.toPrecision(3)).toBe('0.105');
    expect(gain.toPrecision(3)).toBe('0.595');
    expect(
      lines.map((line) => line.replace(/ {2,}/g, '  ')).filter((line) => !/attention/i.test(line)),
    ).toEqual([
      'embedding.table  N(0, 0.125^2)  deviation 0.125  normal, row 1 zero',
      'encoder.layers.0.feedForward.branch.inner.weight  U(-0.105, 0.105)  deviation 0.0607  xavier uniform x 0.595 (deepNorm)',
      'encoder.layers.0.feedForward.branch.inner.bias  0  constant',
      'encoder.layers.0.feedForward.branch.outer.weight  U(-0.105, 0.105)  deviation 0.0607  xavier uniform x 0.595 (deepNorm)',
      'encoder.layers.0.feedForward.branch.outer.bias  0  constant',
      'encoder.layers.0.feedForward.after.gain  1  constant (deepNorm)',
      'encoder.layers.0.feedForward.after.bias  0  constant (deepNorm)',
    ]);
    model.dispose();
  });

  it('says that an omega stands only until it is profiled', () => {
    const model = encoder({ ...sizes, method: admin() });
    const omegas = initialWeights(model).filter(({ path }) => path.endsWith('omega'));
    const initial = { kind: 'constant', value: 1 };
    expect(omegas).toEqual(
      ['selfAttention', 'feedForward'].map((name) => ({
        path: `encoder.layers.0.${name}.omega`,
        ...{ shape: [64], initial, deviation: 0, by: 'admin', profiled: true },
      })),
    );
    expect(initialWeightsText({ weights: omegas }).split('\n')[0]).toMatch(
      /omega +1 +until profiled \(admin\)$/,
    );
    expect(initialWeights(model).filter(({ profiled }) => profiled)).toHaveLength(2);
    model.dispose();
  });

  it('prints what starts at zero by a gain of zero as such', () => {
    const model = encoder({ ...sizes, method: methodFrom({ name: 'fixup' }) });
    expect(initialWeightsText({ weights: initialWeights(model) })).toMatch(
      /outer\.weight +0 +xavier uniform x 0 \(fixup\)/,
    );
    model.dispose();
  });
});
