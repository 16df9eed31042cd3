import type { Transformer } from '@steadyformer/core';
import { Batches, encodeCorpus, evaluateLoss, translationLoss } from '@steadyformer/translate';
import type { Text } from './text';

/** Negative log-likelihood of a token of the validation text, in nats. */
export const heldOut = async (
  model: Transformer,
  { valid, vocabulary }: Text,
  maxTokens: number,
): Promise<number> => {
  const batches = new Batches(encodeCorpus(valid, vocabulary), { maxTokens, shuffle: false });
  return (await evaluateLoss(model, batches.epoch(), translationLoss(0))).nll;
};
