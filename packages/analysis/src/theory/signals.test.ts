import { adminInit, needsProfile } from '@steadyformer/admin-init';
import {
  type Encoder,
  encoder,
  type LanguageModel,
  languageModel,
  methodFrom,
  methods,
  preLN,
  type ResidualMethod,
  selectBackend,
  withBranchOptions,
} from '@steadyformer/core';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { measureBranches, predict, watch, zipfTokens } from '..';

// What theory says of a start, from the moments of the input alone, against what `watch` reads of it. In the long form
// depths 2 and 12 as well, 6 networks each.
const long = process.env.STEADYFORMER_LONG === '1';
const DEPTHS = long ? [2, 4, 12] : [4];

const SIZES = { vocabulary: 500, padId: 1, width: 64, heads: 4 } as const;

interface Signals {
  readonly tokenCorrelation: number;
  readonly attentionEntropy: number;
  readonly largestLogit: number;
}

type Pair = Readonly<Record<'measured' | 'predicted', Signals>>;

type Net = Encoder | LanguageModel;

const signalsOf = async (model: Net, ids: tf.Tensor2D): Promise<readonly Pair[]> => {
  if (needsProfile(model)) await adminInit(model, [ids], { seed: 1 });
  const watcher = watch(model, { every: 1 });
  tf.tidy(() => {
    model.call(ids, { training: false, ...watcher.context(1) });
  });
  watcher.before(1);
  const { branches, attentions } = (await watcher.after(1))!;
  watcher.dispose();
  const { input, tokens } = await measureBranches(model, ids);
  const [prediction] = Object.values(await predict(model, { input, tokens }));
  return prediction!.branches.map(({ path, tokenCorrelation, attentionEntropy, largestLogit }, i) => {
    const attention = attentions.find((each) => each.path === path);
    return {
      measured: {
        tokenCorrelation: branches[i]!.tokenCorrelation,
        attentionEntropy: attention?.entropy ?? 0,
        largestLogit: attention?.largestLogit ?? 1,
      },
      predicted: {
        tokenCorrelation,
        attentionEntropy: attentionEntropy ?? 0,
        largestLogit: largestLogit ?? 1,
      },
    };
  });
};

/** The worst branch, each branch's signals being means over networks. */
const worst = async (build: (seed: number) => Net, networks: number, length = 16): Promise<Signals> => {
  const found: (readonly Pair[])[] = [];
  for (let seed = 1; seed <= networks; seed++) {
    const [model, ids] = [build(seed), zipfTokens({ sentences: 8, length, vocabulary: 500, seed })];
    found.push(await signalsOf(model, ids));
    model.dispose();
    ids.dispose();
  }
  const off = (key: keyof Signals, error: (predicted: number, measured: number) => number): number =>
    Math.max(
      ...found[0]!.map((_, i) => {
        const mean = (side: keyof Pair): number =>
          found.reduce((sum, pairs) => sum + pairs[i]![side][key], 0) / networks;
        return error(mean('predicted'), mean('measured'));
      }),
    );
  return {
    tokenCorrelation: off('tokenCorrelation', (a, b) => Math.abs(a - b)),
    attentionEntropy: off('attentionEntropy', (a, b) => Math.abs(a - b)),
    largestLogit: off('largestLogit', (a, b) => Math.abs(a / b - 1)),
  };
};

beforeAll(async () => {
  await selectBackend('wasm');
});

/** Methods that have to be told something. */
const OPTIONS: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  completeP: { baseDepth: 4 },
  depthMuP: { baseDepth: 4 },
};

/** Attention of its kind has no closed form. */
const UNKNOWN: readonly string[] = ['valueResidual'];

/** Reads a stream that grows without a norm before attention, whose logits reach 30: nats. */
const SHARP: Readonly<Record<string, number>> = { reorderedNorm: 0.2 };

describe.each(Object.keys(methods).filter((name) => !UNKNOWN.includes(name)))('signals of %s', (name) => {
  const options = OPTIONS[name];
  const method = methodFrom({ name, ...(options ? { options } : {}) });

  it.each(DEPTHS)('are as predicted at %d blocks', async (depth) => {
    const found = await worst((seed) => encoder({ ...SIZES, depth, method }, seed), depth === 4 ? 3 : 6);
    expect(found.tokenCorrelation).toBeLessThan(0.08);
    expect(found.attentionEntropy).toBeLessThan(SHARP[name] ?? 0.04);
    expect(found.largestLogit).toBeLessThan(0.28);
  });
});

const asked = (options: Readonly<Record<string, unknown>>): ResidualMethod =>
  withBranchOptions(preLN(), { selfAttention: options });

it.each([
  ['a cap', asked({ logitCap: 1 })],
  ['a norm of queries and keys', asked({ queryKeyNorm: 'layer' })],
  ['a ScaleNorm of them', asked({ queryKeyNorm: 'scale' })],
  ['a scale, sharp', asked({ scale: 1 })],
  ['a norm, a scale and a cap', asked({ queryKeyNorm: 'rms', scale: 0.5, logitCap: 2 })],
])('theory knows what attention asks of scores: %s', async (_, method) => {
  const found = await worst((seed) => encoder({ ...SIZES, depth: 2, method }, seed), 4);
  expect(found.attentionEntropy).toBeLessThan(0.1);
  expect(found.largestLogit).toBeLessThan(0.08);
});

it('and what is causal', async () => {
  const found = await worst((seed) => languageModel({ ...SIZES, depth: 2, method: preLN() }, seed), 4, 32);
  expect(found.tokenCorrelation).toBeLessThan(0.06);
  expect(found.attentionEntropy).toBeLessThan(0.03);
  expect(found.largestLogit).toBeLessThan(0.15);
});

it.each([
  ['queries and keys by a trained scale', methodFrom({ name: 'nGPT' }), 'queryKeyScale.scale'],
  ['the gains of their norms', asked({ queryKeyNorm: 'rms' }), 'Norm.gain'],
])('scales are those in force: of %s', async (_, method, ending) => {
  const found = await worst((seed) => {
    const model = encoder({ ...SIZES, depth: 1, method }, seed);
    const own = model
      .parameters()
      .filter(({ path }) => path.includes('elfAttention') && path.endsWith(ending));
    expect(own.length).toBeGreaterThan(0);
    for (const { parameter } of own) {
      const value = tf.fill([...parameter.shape], 1.6);
      parameter.assign(value);
      value.dispose();
    }
    return model;
  }, 4);
  // By the scales at the start the logit would be 1 / 1.6^2 of what is measured.
  expect(found.attentionEntropy).toBeLessThan(0.1);
  expect(found.largestLogit).toBeLessThan(0.08);
});

it('says nothing of scores that positions act on', async () => {
  const model = encoder({ ...SIZES, depth: 1, method: preLN(), attentionPositions: 'rotary' }, 1);
  const { encoder: predicted } = await predict(model);
  expect(predicted!.branches[0]!.tokenCorrelation).toBeGreaterThanOrEqual(0);
  expect(predicted!.branches[0]).not.toHaveProperty('attentionEntropy');
  expect(predicted!.branches[0]).not.toHaveProperty('largestLogit');
  model.dispose();
});
