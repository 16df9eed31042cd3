import { readFileSync } from 'node:fs';
import {
  type GivenConfig,
  planRun,
  type RunConfig,
  recipeNames,
  recipePath,
  runConfig,
} from '@steadyformer/translate/node';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';

const NAMES = [
  'iwslt14-de-en',
  'iwslt14-de-en-no-warmup',
  'libreoffice',
  'multi30k',
  'wmt14-en-de-12',
  'wmt14-en-de-18',
  'wmt14-en-de-6',
  'wmt14-en-fr-6',
  'wmt14-en-fr-60-12',
];

const textOf = async (name: string): Promise<string> => readFileSync(await recipePath(name), 'utf8');
const given = async (name: string): Promise<GivenConfig> => parse(await textOf(name)) as GivenConfig;
const read = async (name: string): Promise<RunConfig> => runConfig(await given(name), name);

/** One block a stack, as planning is then fast. */
const shallow = (config: GivenConfig, depth: unknown, method = 'admin'): GivenConfig => ({
  ...config,
  backend: 'cpu',
  model: { ...(config.model as object), depth, method },
});

describe('recipes', () => {
  it('are these, and a name that is none is refused with the nearest', async () => {
    expect(await recipeNames()).toEqual(NAMES);
    await expect(recipePath('iwslt14-en-de')).rejects.toThrow(
      "unknown recipe 'iwslt14-en-de', did you mean 'iwslt14-de-en'",
    );
  });

  it.each(NAMES)(
    '%s is a config, of a run of its own, and says how the methods are compared',
    async (name) => {
      const { output, model } = await read(name);
      expect([output, model.method]).toEqual([`runs/${name}`, 'admin']);
      expect(await textOf(name)).toMatch(/^# Post-LN or Pre-LN.*: model\.method: postLN, or preLN\./m);
      for (const method of ['postLN', 'preLN']) {
        expect(runConfig(shallow(await given(name), 1, method)).model.method).toBe(method);
      }
    },
  );
});

/** What the paper's runs had: data, model, and how it is trained. Dropout is residual, attention, activation. */
interface Published {
  readonly merges: number;
  readonly width: number;
  readonly feedForward: number;
  readonly heads: number;
  readonly depth: number | { readonly encoder: number; readonly decoder: number };
  readonly dropout: readonly [number, number, number];
  readonly rates: Readonly<Record<number, number>>;
  readonly betas: readonly [number, number];
  readonly weightDecay: number;
  /** GPUs times tokens of each times accumulated batches. */
  readonly tokens: number;
  readonly end: { readonly updates?: number; readonly epochs?: number };
  readonly decoding: readonly [number, number];
}

const IWSLT: Published = {
  merges: 10_000,
  width: 512,
  feedForward: 1024,
  heads: 4,
  depth: 6,
  dropout: [0.3, 0.1, 0.1],
  // 1e-7 + t (7e-4 - 1e-7) / 6000, then 7e-4 sqrt(6000 / t)
  rates: { 1: 1e-7 + (7e-4 - 1e-7) / 6000, 6000: 7e-4, 100000: 7e-4 * Math.sqrt(0.06) },
  betas: [0.9, 0.98],
  weightDecay: 1e-4,
  tokens: 4096,
  end: { updates: 100_000 },
  decoding: [5, 1],
};
const EN_DE: Published = {
  ...IWSLT,
  merges: 32_764,
  feedForward: 2048,
  heads: 8,
  dropout: [0.1, 0.1, 0.1],
  rates: { 1: 1e-7 + (1e-3 - 1e-7) / 8000, 8000: 1e-3, 500000: 1e-3 * Math.sqrt(0.016) },
  weightDecay: 0,
  tokens: 4 * 8192,
  end: { updates: 500_000, epochs: 100 },
  decoding: [4, 0.6],
};
const EN_FR: Published = {
  ...EN_DE,
  merges: 40_000,
  rates: { 1: 1e-7 + (7e-4 - 1e-7) / 8000, 8000: 7e-4 },
  tokens: 8 * 8000 * 10,
  end: { epochs: 50 },
  decoding: [5, 0.8],
};
const PUBLISHED: Readonly<Record<string, Published>> = {
  'iwslt14-de-en': IWSLT,
  'iwslt14-de-en-no-warmup': {
    ...IWSLT,
    // 3e-4 (1 - (t - 1) / 99999), 0 at 100000
    rates: { 1: 3e-4, 50000: 3e-4 * (50_000 / 99_999) },
    betas: [0.9, 0.995],
  },
  'wmt14-en-de-6': EN_DE,
  'wmt14-en-de-12': { ...EN_DE, depth: 12 },
  'wmt14-en-de-18': { ...EN_DE, depth: 18 },
  'wmt14-en-fr-6': EN_FR,
  'wmt14-en-fr-60-12': { ...EN_FR, depth: { encoder: 60, decoder: 12 }, tokens: 16 * 5000 * 16 },
};

describe.each(Object.entries(PUBLISHED))("%s has the paper's settings", (name, published) => {
  it('of text, model and decoding', async () => {
    const { vocabulary, model, decoding, profile, average, checkpoints } = await read(name);
    expect(vocabulary).toMatchObject({ merges: published.merges, shared: true, dropout: 0 });
    const { width, feedForward, heads, depth } = published;
    expect(model).toMatchObject({ width, feedForward, heads, depth, tiedEmbeddings: true });
    const [residual, attention, activation] = published.dropout;
    expect(model.dropout).toEqual({ residual, attention, activation });
    // What is left to core is as in the paper: ReLU, sinusoids.
    expect([model.activation, model.positions, model.attentionPositions]).toEqual(Array(3).fill(undefined));
    expect([decoding.beamSize, decoding.lengthPenalty]).toEqual(published.decoding);
    expect(profile).toEqual({ batches: 1, rule: 'reference', pads: 'counted', dropout: true });
    expect([average.last, checkpoints.keep]).toEqual([10, 10]);
  });

  it('of training', async () => {
    const { optimizer, training, batches, seed } = await read(name);
    const [beta1, beta2] = published.betas;
    const { weightDecay } = published;
    expect(optimizer.name).toBe('radam');
    expect(optimizer.options).toEqual({ beta1, beta2, epsilon: 1e-8, weightDecay });
    expect(optimizer.groups).toEqual(weightDecay > 0 ? [{ select: '**', weightDecay }] : []);
    expect(batches.maxTokens * training.accumulate).toBe(published.tokens);
    expect(training).toMatchObject({ labelSmoothing: 0.1, ...published.end });
    expect(training.clipNorm).toBeUndefined();
    expect(seed).toBe(1111);
  });

  it('of the learning rate, at the updates that a plan shows', async () => {
    const config = shallow(await given(name), 1);
    const points = Object.keys(published.rates).map(Number);
    // The last that is shown is that of the last update, and the run is as long as asked for here.
    const training = { ...(config.training as object), updates: points.at(-1) };
    const plan = await planRun({ ...config, training }, { vocabularySize: 50 });
    const shown = Object.fromEntries(plan.training.rates.map(({ update, rate }) => [update, rate]));
    expect(Object.keys(shown).map(Number)).toEqual(points);
    for (const update of points) expect(shown[update]! / published.rates[update]!).toBeCloseTo(1, 9);
  });
});

describe('parameters', () => {
  const counts = new Map<string, number>();
  const count = async (
    config: GivenConfig,
    depth: object,
    vocabularySize: number,
    method?: string,
  ): Promise<number> => {
    const small = shallow(config, depth, method);
    const key = JSON.stringify([small.model, vocabularySize]);
    const found = counts.get(key) ?? (await planRun(small, { vocabularySize })).model.parameters;
    counts.set(key, found);
    return found;
  };

  /** Of a model too large to be built here: it is linear in the tokens and in the blocks of each stack. */
  const extrapolated = async (name: string, vocabulary: number): Promise<number> => {
    const config = await given(name);
    const { depth } = PUBLISHED[name]!;
    const { encoder, decoder } = typeof depth === 'number' ? { encoder: depth, decoder: depth } : depth;
    const at = (blocks: readonly [number, number], size = 5) =>
      count(config, { encoder: blocks[0], decoder: blocks[1] }, size);
    const one = await at([1, 1]);
    const [token, encoderBlock, decoderBlock] = [
      (await at([1, 1], 6)) - one,
      (await at([2, 1])) - one,
      (await at([1, 2])) - one,
    ];
    expect(await at([2, 2], 9)).toBe(one + encoderBlock + decoderBlock + 4 * token);
    return one + (vocabulary - 5) * token + (encoder - 1) * encoderBlock + (decoder - 1) * decoderBlock;
  };

  /** The sizes of a joint vocabulary with which the count rounds to so many millions. */
  const sizesFor = (millions: number, fixed: number, width = 512): [number, number] => [
    Math.ceil((1e6 * (millions - 0.5) - fixed) / width),
    Math.ceil((1e6 * (millions + 0.5) - fixed) / width) - 1,
  ];

  // By hand. Attention 4 d^2 + 4 d, FFN 2 d f + d + f, a norm 2 d and an omega d of each; attention twice in the decoder.
  const blocks = (d: number, f: number, scale: number): readonly [number, number] => {
    const [attention, forward, each] = [4 * d * d + 4 * d, 2 * d * f + d + f, (2 + scale) * d];
    return [attention + forward + 2 * each, 2 * attention + forward + 3 * each];
  };

  it.each([
    ['iwslt14-de-en', 37, 10_152, 1024],
    ['wmt14-en-fr-6', 67, 44_512, 2048],
    ['wmt14-en-fr-60-12', 262, 44_512, 2048],
  ])(
    'of %s are the %d million that are published, with a vocabulary of %d',
    async (name, millions, size, f) => {
      const found = await extrapolated(name, size);
      expect(Math.round(found / 1e6)).toBe(millions);
      const { depth } = PUBLISHED[name]!;
      const { encoder, decoder } = typeof depth === 'number' ? { encoder: depth, decoder: depth } : depth;
      const [inEncoder, inDecoder] = blocks(512, f, 1);
      const fixed = encoder * inEncoder + decoder * inDecoder;
      expect(found).toBe(fixed + size * 512);
      const [least, most] = sizesFor(millions, fixed);
      expect([least <= size, size <= most]).toEqual([true, true]);
    },
  );

  it('both published counts of English to French are those of one vocabulary', () => {
    const [inEncoder, inDecoder] = blocks(512, 2048, 1);
    expect(sizesFor(67, 6 * inEncoder + 6 * inDecoder)).toEqual([43_645, 45_597]);
    expect(sizesFor(262, 60 * inEncoder + 12 * inDecoder)).toEqual([42_635, 44_587]);
  });

  it('differ between the methods by the omegas, and the two norms of Pre-LN', async () => {
    const config = await given('iwslt14-de-en');
    const of = (method: string) => count(config, { encoder: 1, decoder: 2 }, 5, method);
    const [admin, post, pre] = [await of('admin'), await of('postLN'), await of('preLN')];
    expect(admin - post).toBe((1 * 2 + 2 * 3) * 512);
    expect(pre - post).toBe(2 * 2 * 512);
    expect(tf.memory().numTensors).toBe(0);
  });
});

it("libreoffice is the demo's config on a native backend, to the last key", async () => {
  const demo = readFileSync(new URL('../../examples/demo/native.yaml', import.meta.url), 'utf8');
  const config = runConfig(parse(demo));
  expect(await read('libreoffice')).toEqual({ ...config, output: 'runs/libreoffice' });
});
