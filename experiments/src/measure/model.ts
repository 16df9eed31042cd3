import { type ModelBatch, type ResidualMethod, type Transformer, transformer } from '@steadyformer/core';
import { batchTensors, type TokenBatch } from '@steadyformer/translate';
import * as tf from '@tensorflow/tfjs';
import { profiled } from './methods';
import { batchOf, type Text, type TextSize } from './text';

/** Sizes of a model. */
export interface ModelSize {
  readonly width: number;
  readonly heads: number;
  readonly depth: number | { readonly encoder: number; readonly decoder: number };
  /** Of residuals, attention and activations alike. Default none. */
  readonly dropout?: number;
}

/** Text, and models of one width. */
export interface SubjectSize extends TextSize, Pick<ModelSize, 'width' | 'heads'> {}

/** A method for both stacks, or one for each. */
export type Methods = ResidualMethod | { readonly encoder: ResidualMethod; readonly decoder: ResidualMethod };

/** A new model of a text's vocabulary. */
export const modelOf = (
  { vocabulary }: Text,
  { width, heads, depth, dropout = 0 }: ModelSize,
  method: Methods,
  seed: number,
): Transformer =>
  transformer(
    {
      vocabulary: vocabulary.size,
      padId: vocabulary.pad,
      width,
      heads,
      depth,
      method,
      dropout: { residual: dropout, attention: dropout, activation: dropout },
    },
    seed,
  );

/** A model, a batch of real text, and the batch as tensors. */
export interface Subject {
  readonly model: Transformer;
  readonly batch: TokenBatch;
  readonly ids: ModelBatch;
}

/** Runs `f` with a new model whose omega is set, and a batch of text, and frees both. */
export const withModel = async <T>(
  text: Text,
  size: ModelSize & { readonly maxTokens: number },
  method: Methods,
  seed: number,
  f: (subject: Subject) => Promise<T>,
): Promise<T> => {
  const model = modelOf(text, size, method, seed);
  const batch = batchOf(text, size.maxTokens, seed);
  const ids = batchTensors(batch);
  try {
    await profiled(model, ids, seed);
    return await f({ model, batch, ids });
  } finally {
    model.dispose();
    tf.dispose([ids.source, ids.target]);
  }
};
