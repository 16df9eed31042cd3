import { createHash } from 'node:crypto';
import { SteadyformerError } from '@steadyformer/core';
import type { Bpe } from '../../subwords/bpe';
import { bothSides, type Vocabularies } from '../../subwords/vocabularies';
import type { Shards } from './openShards';

/** SHA-256 of a vocabulary, both sides of it: the same where the same ids stand for the same subwords. */
export const vocabularySum = (vocabulary: Bpe | Vocabularies): string => {
  const { source, target } = bothSides(vocabulary, 'vocabulary');
  return createHash('sha256')
    .update(JSON.stringify([source, target]))
    .digest('hex');
};

/**
 * Ids of another vocabulary are other words, and nothing else would tell.
 *
 * @param folder of the shards, as errors name it
 * @throws SteadyformerError where shards were not encoded with this vocabulary, or do not say with which
 */
export const checkShardVocabulary = (
  { vocabulary: written }: Pick<Shards, 'vocabulary'>,
  vocabulary: Bpe | Vocabularies,
  folder: string,
): void => {
  if (written === vocabularySum(vocabulary)) return;
  const why =
    written === undefined
      ? 'do not say which vocabulary they were encoded with'
      : 'were encoded with another vocabulary';
  throw new SteadyformerError(
    `the shards in '${folder}' ${why}. Name the vocabulary that lies beside them, or write the shards anew.`,
  );
};
