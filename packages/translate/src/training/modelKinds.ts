import type { LanguageModel, LanguageModelConfig, Transformer, TransformerConfig } from '@steadyformer/core';
import type { GenericSchema } from 'valibot';
import { speaker, translationModel } from '../checks/objects';
import type { TokenBatch } from '../data/batch';
import { checkBatch } from '../data/checkBatch';
import type { LossFunction } from './loss';
import { languageModelLoss, translationLoss } from './translationLoss';

/** The models that learn from batches of tokens. */
export type TokenModel = Transformer | LanguageModel;
export type TokenModelConfig = TransformerConfig | LanguageModelConfig;

/** How one kind of model learns from batches of tokens. */
export interface ModelKind {
  readonly model: () => GenericSchema<TokenModel>;
  /** Default label smoothing. */
  readonly smoothing: number;
  readonly loss: (smoothing: number) => LossFunction<TokenModel, TokenBatch>;
  /** Of a batch, what the loss reads: the rest need not fit it. */
  readonly read: (batch: TokenBatch) => TokenBatch;
}

/** With the target side in the place of a source that nobody reads. */
const targetAlone = (batch: TokenBatch): TokenBatch => {
  checkBatch(batch);
  const { targetOutput, targetShape, targetTokens } = batch;
  return { ...batch, source: targetOutput, sourceShape: targetShape, sourceTokens: targetTokens };
};

export const MODEL_KINDS: Readonly<Record<'transformer' | 'languageModel', ModelKind>> = {
  transformer: {
    model: translationModel,
    smoothing: 0.1,
    loss: translationLoss as ModelKind['loss'],
    read: (batch) => batch,
  },
  languageModel: {
    model: speaker,
    smoothing: 0,
    loss: languageModelLoss as ModelKind['loss'],
    read: targetAlone,
  },
};

/** A Transformer where the config names no kind, as files of earlier versions do. */
export const kindOf = ({ kind = 'transformer' }: TokenModelConfig): ModelKind => MODEL_KINDS[kind];
