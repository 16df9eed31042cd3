import {
  type AttentionPositions,
  admin,
  Encoder,
  encoder,
  LanguageModel,
  languageModel,
  type ModelBatch,
  type Positions,
  type ResidualMethod,
  randomStream,
  type Stacked,
  type Transformer,
  transformer,
} from '@steadyformer/core';
import * as tf from '@tensorflow/tfjs';
import type { FoldableModel } from '../src';

export interface Sizes<Depth = number> {
  readonly depth?: Depth;
  readonly method?: ResidualMethod;
  readonly dropout?: number;
  readonly positions?: Positions;
  readonly attentionPositions?: AttentionPositions;
  readonly tiedEmbeddings?: boolean;
  readonly seed?: number;
}

type Depths = number | { readonly encoder: number; readonly decoder: number };

const VOCABULARY = 50;

/** Every kind of model, small. */
export const kinds = {
  transformer: (sizes: Sizes<Depths> = {}): Transformer => transformer(optionsOf(sizes), sizes.seed ?? 7),
  languageModel: (sizes: Sizes = {}): LanguageModel => languageModel(optionsOf(sizes), sizes.seed ?? 7),
  encoder: (sizes: Sizes = {}): Encoder => encoder(optionsOf(sizes), sizes.seed ?? 7),
};

export type KindName = keyof typeof kinds;

export const kindNames: readonly KindName[] = ['transformer', 'languageModel', 'encoder'];

const optionsOf = <Depth>({ depth, method = admin(), dropout = 0, seed: _seed, ...rest }: Sizes<Depth>) => ({
  vocabulary: VOCABULARY,
  padId: 1,
  width: 16,
  heads: 4,
  feedForward: 32,
  depth: depth ?? 2,
  method,
  dropout: { residual: dropout, attention: dropout, activation: dropout },
  ...rest,
});

/** ids [rows, columns], the last `pads` of every second row padding. */
export const ids = (rows: number, columns: number, seed: number, pads = 0): tf.Tensor2D => {
  const draws = randomStream(seed).uniform(rows * columns, 4, VOCABULARY);
  const isPad = (i: number) => i % columns >= columns - pads && Math.floor(i / columns) % 2 === 1;
  return tf.tensor2d(
    Array.from(draws, (x, i) => (isPad(i) ? 1 : Math.floor(x))),
    [rows, columns],
    'int32',
  );
};

export const pair = (seed = 1, pads = 0): ModelBatch => ({
  source: ids(4, 8, seed, pads),
  target: ids(4, 7, seed + 1, pads),
});

/** A batch for any kind. */
export const batchFor = (model: FoldableModel, seed = 1, pads = 0): ModelBatch & tf.Tensor2D =>
  (takesIds(model) ? ids(4, 8, seed, pads) : pair(seed, pads)) as ModelBatch & tf.Tensor2D;

const takesIds = (model: FoldableModel): boolean =>
  model instanceof LanguageModel || model instanceof Encoder;

/** As `profile` and `outputDifference` take a model whose kind is not known. */
export const anyKind = (model: FoldableModel): Stacked<ModelBatch & tf.Tensor2D> =>
  model as Stacked<unknown> as Stacked<ModelBatch & tf.Tensor2D>;

/** Omegas, gains and biases away from their initial values, some omegas negative. */
export const disturb = (model: FoldableModel): void => {
  for (const [i, { path, parameter }] of model.parameters().entries()) {
    if (!/omega|gain|bias/.test(path)) continue;
    const noise = randomStream(99).fork(i).normal(parameter.size, 0, 0.4);
    const base = path.endsWith('omega') ? 1.5 : path.endsWith('gain') ? 1 : 0;
    const sign = (k: number) => (path.endsWith('omega') && k % 5 === 0 ? -1 : 1);
    const value = tf.tensor(
      noise.map((x, k) => sign(k) * (base + x)),
      [...parameter.shape],
    );
    parameter.assign(value);
    value.dispose();
  }
};
