import { Batches, type Bpe, encodeCorpus, type SentencePair, trainBpe } from '@steadyformer/translate';
import testGerman from '../../../../corpora/emoji-names-en-de/test.de?raw';
import testEnglish from '../../../../corpora/emoji-names-en-de/test.en?raw';
import trainGerman from '../../../../corpora/emoji-names-en-de/train.de?raw';
import trainEnglish from '../../../../corpora/emoji-names-en-de/train.en?raw';

/** Merges of the joint vocabulary. */
const MERGES = 400;

/** Tokens of a batch, pads counted. */
const BATCH = 256;

const pairsOf = (english: string, german: string): SentencePair[] => {
  const [source, target] = [english, german].map((text) => text.trimEnd().split('\n')) as [
    string[],
    string[],
  ];
  return source.map((line, i) => ({ source: line, target: target[i]! }));
};

/** Names of emoji, English and German, and the vocabulary learned from them. */
export interface Corpus {
  readonly train: readonly SentencePair[];
  /** Names that the models do not see. */
  readonly test: readonly SentencePair[];
  readonly vocabulary: Bpe;
  /** The loss, in nats a token, of a model that knows how often each German token comes and nothing else. */
  readonly unigram: number;
  /** Batches in an order of the seed's own. */
  readonly batches: (seed: number) => Batches;
}

/** Entropy of the frequencies of tokens and of so many sentences' ends, in nats. */
const entropyOf = (ids: Iterable<number>, end: number, sentences: number): number => {
  const counts = new Map<number, number>([[end, sentences]]);
  let total = sentences;
  for (const id of ids) {
    counts.set(id, (counts.get(id) ?? 0) + 1);
    total++;
  }
  return [...counts.values()].reduce((sum, count) => sum - (count / total) * Math.log(count / total), 0);
};

/** Reads the names and learns the vocabulary: less than a second. */
export const openCorpus = (): Corpus => {
  const train = pairsOf(trainEnglish, trainGerman);
  const vocabulary = trainBpe(
    train.flatMap(({ source, target }) => [source, target]),
    { merges: MERGES },
  );
  const encoded = encodeCorpus(train, vocabulary);
  return {
    train,
    test: pairsOf(testEnglish, testGerman),
    vocabulary,
    unigram: entropyOf(encoded.target.ids as Int32Array, vocabulary.eos, train.length),
    batches: (seed) => new Batches(encoded, { maxTokens: BATCH, seed }),
  };
};
