import {
  admin,
  adminConstant,
  constantOmega,
  deepNorm,
  deepNormConstants,
  encoder,
  initialOf,
  model as modelOf,
  postLN,
  preLN,
  type Residual,
  type ResidualMethod,
  type Scale,
  type Stacked,
  selectBackend,
  transformer,
} from '@steadyformer/core';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { ids, kinds, pair } from '../../testing/models';
import { adminInit, formatProfile, initialize, needsProfile, parseProfile, profile } from '..';

beforeAll(async () => {
  await selectBackend();
});

const sizes = { vocabulary: 50, padId: 1, width: 16, heads: 4, feedForward: 32, depth: 2 };
type Methods = { readonly encoder: ResidualMethod; readonly decoder: ResidualMethod };
const hybrid = (method: Methods) => transformer({ ...sizes, method }, 7);

/** The omega in force at each residual, by path. */
const omegasOf = async <Batch>(model: Stacked<Batch>): Promise<Record<string, number>> => {
  const found: Record<string, number> = {};
  for (const [name, stack] of Object.entries(model.stacks())) {
    for (const { path, subLayer } of stack.subLayers()) {
      const values = subLayer.omega && [...(await subLayer.omega.variable.data())];
      if (values) expect(new Set(values).size).toBe(1);
      found[`${name}.${path}`] = values?.[0] ?? (initialOf(subLayer.residual.shortcutScale) as number);
    }
  }
  return found;
};

const variance = (x: tf.Tensor): number => tf.tidy(() => tf.moments(x).variance.dataSync()[0]!);

/** Var[x_{i-1}] and Var[a_i] of every residual at the omegas in force, dropout off. */
const variances = <Batch>(model: Stacked<Batch>, batch: Batch): Record<string, [number, number]> => {
  const found: Record<string, [number, number]> = {};
  const output = model.call(batch, {
    probe: {
      branch: ({ path, shortcut, branch }) => {
        found[path] = [variance(shortcut), variance(branch)];
        return undefined;
      },
    },
  });
  output.dispose();
  return found;
};

/** omega_i^2 Var[x_{i-1}] + Var[a_i] of every residual. */
const sums = async <Batch>(model: Stacked<Batch>, batch: Batch): Promise<Record<string, number>> => {
  const omegas = await omegasOf(model);
  const entries = Object.entries(variances(model, batch));
  return Object.fromEntries(entries.map(([path, [x, a]]) => [path, omegas[path]! ** 2 * x + a]));
};

const PROFILED: Scale = { kind: 'scalar', initial: 'profiled' };
const ONE: Scale = { kind: 'one' };

/** A method whose record is a function of block and kind. */
const own = (record: (block: number, kind: string) => Partial<Residual>): ResidualMethod => ({
  name: 'own',
  options: {},
  plan: ({ block, kind }) => ({
    residual: { shortcutScale: ONE, branchScale: ONE, ...record(block, kind) },
  }),
});

describe('adminInit of two stacks with different methods', () => {
  it.each([
    ['preLN', preLN()],
    ['postLN', postLN()],
    ['deepNorm, whose scale is a constant', deepNorm()],
    ['adminConstant, whose trained scale starts at a number', adminConstant({ trainable: true })],
  ])('profiles an Admin encoder as in an Admin model beside %s', async (_name, decoder) => {
    const [model, whole] = [hybrid({ encoder: admin(), decoder }), kinds.transformer()];
    const batch = pair(1, 2);
    const [kept, expected] = [await omegasOf(model), await adminInit(whole, [batch])];
    const before = tf.memory().numTensors;
    const made = await adminInit(model, [batch]);
    expect(tf.memory().numTensors).toBe(before);
    expect(made.stacks).toEqual({ encoder: expected.stacks.encoder });
    expect(Object.keys(made.shapes)).toEqual(['encoder']);
    expect(Object.keys(made.tokens)).toEqual(['encoder']);
    const omegas = await omegasOf(model);
    for (const { path, omega } of made.stacks.encoder!) expect(omegas[path]).toBe(Math.fround(omega));
    for (const path of Object.keys(kept).filter((each) => each.startsWith('decoder.'))) {
      expect(omegas[path]).toBe(kept[path]);
    }
  });

  it('profiles an Admin decoder beside an encoder that keeps its constants', async () => {
    const model = hybrid({ encoder: deepNorm(), decoder: admin({ shape: 'scalar' }) });
    const batch = pair(1);
    const { stacks } = await adminInit(model, [batch], { dropout: false });
    expect(Object.keys(stacks)).toEqual(['decoder']);
    const omegas = await omegasOf(model);
    const { alpha } = deepNormConstants({ depth: 2, reads: {}, readBy: { decoder: 2 } });
    expect(omegas['encoder.layers.1.feedForward']).toBe(alpha);
    const after = await sums(model, batch);
    const paths = stacks.decoder!.map(({ path }) => path);
    for (const [i, path] of paths.entries()) {
      expect(omegas[path]! ** 2 / (i === 0 ? 1 : after[paths[i - 1]!]!)).toBeCloseTo(1, 4);
    }
  });

  it('takes two forms of Admin', async () => {
    const model = hybrid({ encoder: admin({ shape: 'scalar' }), decoder: admin() });
    const { stacks } = await profile(model, [pair(1)]);
    expect(stacks).toEqual((await profile(kinds.transformer(), [pair(1)])).stacks);
  });
});

describe('adminInit of a stack in which some sub-layers have other scales', () => {
  const encoderWith = (method: ResidualMethod) => encoder({ ...sizes, method }, 7);

  it.each([
    ['none', ONE],
    ['a constant', { kind: 'constant', value: 1.7 }],
    ['a trained number', { kind: 'vector', initial: 0.6 }],
  ] as const)('chains through those that stay as they are (%s)', async (_name, scale) => {
    const method = own((_, kind) => ({
      after: 'layer',
      shortcutScale: kind === 'feedForward' ? PROFILED : scale,
    }));
    for (const rule of ['reference', 'paper'] as const) {
      const [model, batch] = [encoderWith(method), ids(4, 8, 1)];
      const made = (await adminInit(model, [batch], { dropout: false, rule })).stacks.encoder!;
      expect(made.map(({ path }) => path)).toEqual([
        'encoder.layers.0.feedForward',
        'encoder.layers.1.feedForward',
      ]);
      const kept = initialOf(scale) as number;
      const omegas = await omegasOf(model);
      expect(omegas['encoder.layers.1.selfAttention']).toBeCloseTo(kept, 6);
      if (rule === 'reference') {
        const after = await sums(model, batch);
        for (const b of [0, 1]) {
          const ratio =
            omegas[`encoder.layers.${b}.feedForward`]! ** 2 / after[`encoder.layers.${b}.selfAttention`]!;
          expect(ratio).toBeCloseTo(1, 4);
        }
      } else {
        // Branch variances of one pass at omega = 1 where it is profiled, without the input's.
        const plain = encoderWith(method);
        const of = variances(plain, batch);
        for (const b of [0, 1]) {
          const expected = kept ** 2 + of[`encoder.layers.${b}.selfAttention`]![1];
          expect(omegas[`encoder.layers.${b}.feedForward`]! ** 2).toBeCloseTo(expected, 5);
        }
        plain.dispose();
      }
      model.dispose();
      batch.dispose();
    }
  });

  it('keeps omega 1 where no norm stands before, so that nothing is counted twice', async () => {
    const method = own((block) =>
      block === 0 ? { before: 'layer' } : { after: 'layer', shortcutScale: PROFILED },
    );
    for (const rule of ['reference', 'paper'] as const) {
      const [model, batch] = [encoderWith(method), ids(4, 8, 1)];
      const [first, second] = (await adminInit(model, [batch], { dropout: false, rule })).stacks.encoder!;
      expect(first!.path).toBe('encoder.layers.1.selfAttention');
      expect(first!.omega).toBe(1);
      expect(first!.inputVariance).toBeGreaterThan(1.5); // two branches on an input of variance 1.5
      const expected = rule === 'reference' ? first!.inputVariance : 1;
      expect(second!.omega ** 2).toBeCloseTo(expected + first!.branchVariance, 5);
    }
  });

  it('sets a scale that sub-layers share to the root mean square of what they ask for', async () => {
    const shared = own(() => ({ after: 'layer', shortcutScale: { ...PROFILED, sharedBy: 'all' } as Scale }));
    const batch = ids(4, 8, 1);
    const each = (await profile(encoderWith(admin()), [batch])).stacks.encoder!.map(({ omega }) => omega);
    const expected = Math.sqrt(each.reduce((sum, w) => sum + w * w, 0) / each.length);
    expect(Math.max(...each) / expected).toBeGreaterThan(1.1);
    const model = encoderWith(shared);
    const made = await adminInit(model, [batch]);
    expect(made.stacks.encoder!.map(({ omega }) => omega)).toEqual(each.map(() => expected));
    expect(Object.values(await omegasOf(model))).toEqual(each.map(() => Math.fround(expected)));
    initialize(model, [each]);
    expect(Object.values(await omegasOf(model))).toEqual(each.map(() => Math.fround(expected)));
  });
});

describe('adminInit of three stacks', () => {
  it('profiles those that ask for it under their own names, whichever they read', async () => {
    const batch = { question: ids(3, 5, 1), table: ids(3, 6, 2), answer: ids(3, 4, 3) };
    const build = (table: ResidualMethod) =>
      modelOf(
        {
          width: 16,
          heads: 4,
          embeddings: { words: { vocabulary: 50 } },
          stacks: {
            question: { depth: 2, method: admin(), embedding: 'words' },
            table: { depth: 2, method: table, embedding: 'words' },
            answer: {
              depth: 2,
              method: admin({ shape: 'scalar' }),
              embedding: 'words',
              causal: true,
              reads: ['question', 'table'],
            },
          },
          output: 'words',
        },
        7,
      );
    const model = build(preLN());
    const before = tf.memory().numTensors;
    const { stacks, tokens } = await adminInit(model, [batch]);
    expect(tf.memory().numTensors).toBe(before);
    expect(Object.keys(stacks)).toEqual(['question', 'answer']);
    expect(tokens).toEqual({ question: [15], answer: [12] });
    expect(stacks.answer!).toHaveLength(8); // attention to itself and to two stacks, and feed-forward
    const omegas = await omegasOf(model);
    for (const { path, omega } of Object.values(stacks).flat()) expect(omegas[path]).toBe(Math.fround(omega));
    const whole = await profile(build(admin()), [batch]);
    expect(whole.stacks.question).toEqual(stacks.question);
    expect(Object.keys(whole.stacks)).toEqual(['question', 'table', 'answer']);
    model.dispose();
  });
});

describe('initialize of a hybrid', () => {
  it('takes one list a stack that is profiled, as authors’ files hold them', async () => {
    const model = hybrid({ encoder: preLN(), decoder: admin() });
    const made = await profile(model, [pair(1)]);
    const lists = parseProfile(formatProfile(made));
    expect(lists).toHaveLength(1);
    initialize(model, lists);
    const omegas = await omegasOf(model);
    for (const { path, omega } of made.stacks.decoder!) expect(omegas[path]).toBe(Math.fround(omega));
    expect(() => initialize(model, [lists[0]!, [1]])).toThrow(
      'it has omega 1 where the model has no more stacks',
    );
  });

  it('refuses the profile of a model that is Admin throughout, and changes nothing', async () => {
    const model = hybrid({ encoder: admin(), decoder: preLN() });
    const whole = await profile(kinds.transformer(), [pair(1)]);
    expect(() => initialize(model, whole)).toThrow(
      'it has decoder.layers.0.selfAttention where the model has no more stacks',
    );
    expect(new Set(Object.values(await omegasOf(model)))).toEqual(new Set([1]));
    initialize(model, whole, { prefix: true });
    expect((await omegasOf(model))['encoder.layers.1.feedForward']).toBeGreaterThan(1.1);
  });

  it('says so where nothing is to be set', async () => {
    const whole = await profile(kinds.transformer(), [pair(1)]);
    expect(() => initialize(hybrid({ encoder: preLN(), decoder: postLN() }), whole)).toThrow(
      'encoder.layers.0.selfAttention has no shortcut scale, which a profile cannot set; build the stack with admin()',
    );
  });
});

describe('needsProfile', () => {
  it.each([
    [{ encoder: admin(), decoder: preLN() }, true],
    [{ encoder: postLN(), decoder: admin({ shape: 'scalar' }) }, true],
    [{ encoder: adminConstant({ trainable: true }), decoder: deepNorm() }, false],
    [{ encoder: postLN(), decoder: preLN() }, false],
  ])('asks the records (case %#)', (method, expected) => {
    expect(needsProfile(hybrid(method))).toBe(expected);
  });

  it('a model without such scales is profiled at all its scales', async () => {
    const model = hybrid({ encoder: adminConstant({ trainable: true }), decoder: preLN() });
    const { stacks } = await adminInit(model, [pair(1)]);
    expect(Object.keys(stacks)).toEqual(['encoder']);
    const last = (await omegasOf(model))['encoder.layers.1.feedForward']!;
    expect(last).toBe(Math.fround(stacks.encoder![3]!.omega));
    expect(last).not.toBeCloseTo(constantOmega(4), 2);
  });
});
