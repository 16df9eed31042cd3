import {
  admin,
  type LanguageModelOptions,
  languageModel,
  type Module,
  randomStream,
  selectBackend,
  type TransformerOptions,
  transformer,
} from '@steadyformer/core';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { profile, reparameterize } from '..';

beforeAll(async () => {
  await selectBackend();
});

const sizes = { vocabulary: 20, padId: 1, width: 16, heads: 4, feedForward: 32, depth: 2, method: admin() };
const tokens = (...rows: number[][]): tf.Tensor2D => tf.tensor2d(rows, undefined, 'int32');
const batch = () => ({
  source: tokens([5, 9, 12, 3, 2], [7, 4, 2, 1, 1]),
  target: tokens([2, 8, 17, 6], [2, 11, 4, 1]),
});

/** Omegas, gains, biases and tables as training might leave them. */
const disturb = (model: Module): void => {
  for (const [i, { path, parameter }] of model.parameters().entries()) {
    const around = /omega|gain/.test(path) ? 1.5 : 0;
    if (around === 0 && !/bias|Table/.test(path)) continue;
    const values = randomStream(99).fork(i).normal(parameter.size, around, 0.4);
    tf.tidy(() => parameter.assign(tf.tensor(values, [...parameter.shape])));
  }
};

/** max |a - b| / max |a| of logits. */
const difference = (a: tf.Tensor, b: tf.Tensor): number =>
  tf.tidy(() => tf.div(tf.max(tf.abs(tf.sub(a, b))), tf.max(tf.abs(a))).dataSync()[0]!);

const learned = { kind: 'learned', length: 8 } as const;
const forms: Partial<TransformerOptions>[] = [
  { tiedEmbeddings: 'decoder' },
  { tiedEmbeddings: false },
  { tiedEmbeddings: true, positions: learned },
  { tiedEmbeddings: 'decoder', positions: learned },
  { tiedEmbeddings: false, positions: learned },
  { sourceVocabulary: 30 },
  { sourceVocabulary: 30, tiedEmbeddings: false, positions: learned },
  { positions: { kind: 'sinusoidal', layout: 'interleaved' } },
  { keyValueHeads: 2 },
  { keyValueHeads: 1, attentionPositions: 'rotary' },
  { attentionPositions: 'alibi' },
  { attentionPositions: { kind: 'relative', buckets: 8 } },
  { stochasticDepth: { rate: 0.3 } },
];

describe('reparameterize keeps the function', () => {
  it.each(forms)('of a transformer with %j', async (own) => {
    const model = transformer({ ...sizes, ...own }, 7);
    disturb(model);
    const plain = await reparameterize(model, { maxLength: 16 });
    expect(difference(model.call(batch()), plain.call(batch()))).toBeLessThan(1e-5);
    expect(plain.config.tiedEmbeddings).toBe(false);
    expect(plain.parameters().some(({ path }) => path.includes('omega'))).toBe(false);
  });

  it.each<Partial<LanguageModelOptions>>([
    { tiedEmbeddings: false },
    { positions: { kind: 'sinusoidal', layout: 'interleaved' } },
    { keyValueHeads: 2, attentionPositions: { kind: 'relative', buckets: 8 } },
  ])('of a language model with %j', async (own) => {
    const model = languageModel({ ...sizes, ...own }, 7);
    disturb(model);
    const plain = await reparameterize(model, { maxLength: 16 });
    const ids = batch().target;
    expect(difference(model.call(ids), plain.call(ids))).toBeLessThan(1e-5);
  });
});

describe('profile', () => {
  it.each(['reference', 'paper'] as const)(
    'sees the whole of a model with stochastic depth (%s)',
    async (rule) => {
      const options = { ...sizes, dropout: { residual: 0.1 } };
      const skipping = { rate: 0.6, rule: 'constant' } as const;
      const [plain, skipped] = [
        transformer(options, 7),
        transformer({ ...options, stochasticDepth: skipping }, 7),
      ];
      const { stacks } = await profile(skipped, [batch(), batch()], { rule });
      expect(stacks).toEqual((await profile(plain, [batch(), batch()], { rule })).stacks);
    },
  );
});
