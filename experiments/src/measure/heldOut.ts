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

/** The same of a model that knows no more than how often each subword occurs in the training text, add-one. */
export const heldOutUnigrams = ({ train, valid, vocabulary }: Text): number => {
  const tokens = (pairs: Text['train']): number[] =>
    pairs.flatMap(({ target }) => [...vocabulary.encode(target), vocabulary.eos]);
  const counts = new Float64Array(vocabulary.size).fill(1);
  for (const id of tokens(train)) counts[id] = counts[id]! + 1;
  const total = counts.reduce((sum, count) => sum + count, 0);
  const held = tokens(valid);
  return held.reduce((sum, id) => sum - Math.log(counts[id]! / total), 0) / held.length;
};
