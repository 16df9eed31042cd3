import {
  Batches,
  type Bpe,
  encodeCorpus,
  type SentencePair,
  type TokenBatch,
  trainBpe,
} from '@steadyformer/translate';
import { loadParallelFiles } from '@steadyformer/translate/node';
import type { Corpus } from '../framework/corpora';

/** Text of a corpus that one vocabulary was learned on. */
export interface Text {
  readonly vocabulary: Bpe;
  readonly train: readonly SentencePair[];
  readonly valid: readonly SentencePair[];
}

/** How much text of a corpus an item takes, and how it is cut. */
export interface TextSize {
  readonly corpus: string;
  readonly sentences: number;
  readonly merges: number;
  /** Of a batch. */
  readonly maxTokens: number;
}

/** The first sentences of a corpus, all of its parts, and a joint vocabulary learned on them. */
export const textOf = async (
  { files }: Corpus,
  { sentences, merges }: Pick<TextSize, 'sentences' | 'merges'>,
): Promise<Text> => {
  const train = (await loadParallelFiles(files('train'))).slice(0, sentences);
  const valid = (await loadParallelFiles(files('valid'))).slice(0, sentences);
  const vocabulary = trainBpe(
    train.flatMap(({ source, target }) => [source, target]),
    { merges },
  );
  return { vocabulary, train, valid };
};

/** Batches of training text, as a trainer takes them. */
export const batchesOf = ({ train, vocabulary }: Text, maxTokens: number, seed: number): Batches =>
  new Batches(encodeCorpus(train, vocabulary), { maxTokens, seed });

/** One batch of real text. */
export const batchOf = (text: Text, maxTokens: number, seed: number): TokenBatch =>
  batchesOf(text, maxTokens, seed).batchAt(0, 0);

/** Entropy of the target subwords and ends by how often each occurs, in nats: the loss of what knows no more than that. */
export const unigramEntropy = ({ train, vocabulary }: Text): number => {
  const counts = new Map<number, number>();
  let total = 0;
  for (const { target } of train) {
    for (const id of [...vocabulary.encode(target), vocabulary.eos]) {
      counts.set(id, (counts.get(id) ?? 0) + 1);
      total++;
    }
  }
  return [...counts.values()].reduce((sum, count) => sum - (count / total) * Math.log(count / total), 0);
};

/** Cross-entropy in nats of the held-out target subwords and ends under the training text's frequencies, add-one. */
export const heldOutUnigram = ({ train, valid, vocabulary }: Text): number => {
  const tokens = (pairs: readonly SentencePair[]): number[] =>
    pairs.flatMap(({ target }) => [...vocabulary.encode(target), vocabulary.eos]);
  const counts = new Float64Array(vocabulary.size).fill(1);
  for (const id of tokens(train)) counts[id] = counts[id]! + 1;
  const total = counts.reduce((sum, count) => sum + count, 0);
  const held = tokens(valid);
  return held.reduce((sum, id) => sum - Math.log(counts[id]! / total), 0) / held.length;
};
