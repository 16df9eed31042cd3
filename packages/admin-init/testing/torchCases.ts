import type { ModelBatch } from '@steadyformer/core';
import type * as tf from '@tensorflow/tfjs';
import type { FoldableModel } from '../src';
import { batchFor, disturb, type KindName, kinds } from './models';

export const MAX_LENGTH = 12;

/** The models that PyTorch was given: `src/fixtures/make_torch.py`. */
export const torchCase = (
  kind: KindName,
): { readonly model: FoldableModel; readonly batch: ModelBatch & tf.Tensor2D } => {
  const model = kinds[kind]();
  disturb(model);
  return { model, batch: batchFor(model, 3, 2) };
};
