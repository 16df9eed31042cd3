import { adminInit, needsProfile } from '@steadyformer/admin-init';
import {
  admin,
  type Context,
  encoder,
  postLN,
  preLN,
  type ResidualMethod,
  type Stacked,
  selectBackend,
  softmaxCrossEntropy,
} from '@steadyformer/core';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Build, type DepthCheck, depthCheck, type LawName, zipfTokens } from '..';

/** The full size takes minutes: STEADYFORMER_LONG=1. */
const long = process.env.STEADYFORMER_LONG === '1';

const { width, heads, vocabulary } = long
  ? { width: 512, heads: 8, vocabulary: 8000 }
  : { width: 128, heads: 4, vocabulary: 500 };

beforeAll(async () => {
  await selectBackend(long ? 'auto' : 'wasm');
});

/** The paper's encoder on Zipf-distributed tokens; Admin profiled on them. */
const build =
  (method: ResidualMethod, sentences: number, length: number, d = width): Build<tf.Tensor2D> =>
  async (depth, seed) => {
    const model = encoder({ vocabulary, method, depth, width: d, heads }, seed);
    const batch = zipfTokens({ sentences, length, vocabulary, seed });
    if (needsProfile(model)) await adminInit(model, [batch]);
    return { model, batch };
  };

/** Every token predicts itself. */
const selfLoss = (model: Stacked<tf.Tensor2D>) => (ids: tf.Tensor2D, context: Context) => {
  const outputs = model.call(ids, context);
  const logits = (model as ReturnType<typeof encoder>).logits(
    tf.reshape<tf.Rank.R2>(outputs, [-1, outputs.shape.at(-1)!]),
  );
  return tf.mean<tf.Scalar>(softmaxCrossEntropy(logits, tf.reshape<tf.Rank.R1>(ids, [-1]), 0).loss);
};

const seedsTo = (count: number): number[] => Array.from({ length: count }, (_, i) => i + 1);

/** The figures a reader of the long form wants. */
const show = (name: string, { fit, theory, verdict }: DepthCheck): void => {
  if (!long) return;
  console.log(
    `${name}: ${verdict.text}\n`,
    ...fit.fits.map(({ formula, r2, aicc, parameters }) => {
      const values = Object.entries(parameters).map(
        ([key, { value, interval }]) =>
          `${key} ${value.toPrecision(4)} [${interval?.map((x) => x.toPrecision(4))}]`,
      );
      return `${formula}: R2 ${r2.toFixed(4)}, AICc ${aicc.toFixed(1)}, ${values.join('  ')}\n`;
    }),
    `theory: R2 ${theory.r2.toFixed(4)}, C ${theory.constant.value.toExponential(3)} [${theory.constant.interval}], predicted ${theory.predictedConstant?.toExponential(3)}\n`,
    'measured / predicted',
    theory.points
      .map(({ depth, measured, predicted }) => `${depth}: ${(measured / predicted).toFixed(3)}`)
      .join('  '),
  );
};

const LAWS: readonly (readonly [ResidualMethod, LawName, LawName])[] = [
  [postLN(), 'linear', 'logarithmic'],
  [preLN(), 'logarithmic', 'linear'],
  [admin(), 'logarithmic', 'linear'],
];
const TIMEOUT = 3_600_000;

describe('the paper, figure 4: fits to N = 100 over 4,000 tokens, mean of 5 networks', () => {
  const depths = long
    ? [1, 2, 3, 4, 6, 8, 10, 14, 18, 24, 30, 40, 50]
    : [1, 2, 3, 4, 5, 6, 8, 10, 12, 14, 16, 20];
  const [sentences, length] = long ? [125, 32] : [8, 16];
  const seeds = seedsTo(5);
  /** R2 of the right law and of D_0 + C sum beta_ii^2: as the README has them; short, those of narrow networks. */
  const R2 = long
    ? { postLN: [0.996, 0.996], preLN: [0.999, 0.994], admin: [0.998, 0.991] }
    : { postLN: [0.986, 0.975], preLN: [0.991, 0.928], admin: [0.994, 0.941] };
  const change = { kind: 'gradient', size: 1e-6, loss: selfLoss } as const;

  it.each(LAWS)('signs: $name', { timeout: TIMEOUT }, async (method, right, wrong) => {
    const made = build(method, sentences, length);
    // Token vectors of narrower Post-LN networks grow alike so soon that no law is left.
    const check = await depthCheck(made, depths, { seeds, networks: 'prefixes' });
    show(`signs, ${method.name}`, check);
    const law = (name: LawName) => check.fit.fits.find((each) => each.law === name)!;
    expect(check.fit.class).toBe(right);
    expect(check.verdict.class).toBe(right);
    const [ofLaw, ofTheory] = R2[method.name as keyof typeof R2] as [number, number];
    expect(Math.abs(law(right).r2 - ofLaw)).toBeLessThan(long ? 0.001 : 0.005);
    expect(Math.abs(check.theory.r2 - ofTheory)).toBeLessThan(long ? 0.001 : 0.01);
    expect(law(wrong).aicc).toBeGreaterThan(law(right).aicc);
  });

  // Steps along a gradient agree with each other and with the weights, which theorem 2 takes as independent, so that
  // changes add up. At width 256 to N = 100 Pre-LN and Admin grow like N, Post-LN like N^2.7.
  it('one gradient step, of all three', { timeout: TIMEOUT }, async () => {
    const checks = new Map<string, DepthCheck>();
    for (const [method] of LAWS) {
      const made = build(method, sentences, length, long ? 256 : width);
      const check = await depthCheck(made, depths, {
        seeds: long ? seeds : seeds.slice(0, 3),
        networks: 'prefixes',
        change,
      });
      show(`gradient step, ${method.name}`, check);
      checks.set(method.name, check);
      expect(['linear', 'superlinear']).toContain(check.fit.class);
      expect(check.fit.best.r2).toBeGreaterThan(0.97);
      expect(check.verdict.amplifies).toBe(true);
    }
    expect([...checks.keys()]).toEqual(['postLN', 'preLN', 'admin']);
    const deepest = (name: string): number => checks.get(name)!.points.at(-1)!.change.mean;
    expect(checks.get('postLN')!.fit.class).toBe('superlinear');
    for (const name of ['preLN', 'admin']) expect(deepest('postLN')).toBeGreaterThan(1.5 * deepest(name));
  });
});

/** Measured over predicted as the README has it: the range to N = 50, at N = 100 and at N = 200; R2 of both fits. */
const README = {
  preLN: { shallow: [0.98, 1.01], hundred: 0.95, deepest: 0.92, theory: 0.989, law: 0.998 },
  admin: { shallow: [0.97, 1.02], hundred: 0.94, deepest: 0.92, theory: 0.99, law: 0.998 },
  // Deep Post-LN networks scatter: token vectors grow alike, in some networks soon.
  postLN: { shallow: [0.78, 1.03], hundred: 0.9, deepest: 0.63, theory: 0.944, law: undefined },
} as const;
/** Half of the last digit, and as much again for the backend's own rounding. */
const DIGIT = 0.01;
/** Rounding grows along deep Post-LN networks. */
const DEEP_POST = 0.03;

describe.runIf(long)('prediction and measurement to N = 200 at width 512, mean of 8 networks', () => {
  it.each(LAWS)('$name', { timeout: TIMEOUT }, async (method) => {
    const depths = [1, 2, 3, 4, 6, 8, 10, 12, 16, 20, 25, 36, 50, 72, 100];
    const check = await depthCheck(build(method, 4, 32), depths, { seeds: seedsTo(8), networks: 'prefixes' });
    show(`128 tokens, ${method.name}`, check);
    const expected = README[method.name as keyof typeof README];
    const ratio = new Map(
      check.theory.points.map(({ depth, measured, predicted }) => [depth, measured / predicted]),
    );
    const shallow = [...ratio].filter(([depth]) => depth <= 50).map(([, value]) => value);
    const off = method.name === 'postLN' ? DEEP_POST : DIGIT;
    expect(shallow).toHaveLength(11);
    expect(Math.abs(Math.min(...shallow) - expected.shallow[0])).toBeLessThan(off);
    expect(Math.abs(Math.max(...shallow) - expected.shallow[1])).toBeLessThan(off);
    expect(Math.abs(ratio.get(100)! - expected.hundred)).toBeLessThan(off);
    expect(Math.abs(ratio.get(200)! - expected.deepest)).toBeLessThan(off);
    expect(Math.abs(check.theory.r2 - expected.theory)).toBeLessThan(off);
    if (expected.law !== undefined) {
      const law = check.fit.fits.find(({ law: name }) => name === 'logarithmic')!;
      expect(Math.abs(law.r2 - expected.law)).toBeLessThan(0.001);
    }
    expect(check.verdict.amplifies).toBe(method.name === 'postLN');
  });
});
