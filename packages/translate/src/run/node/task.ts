import type * as tf from '@tensorflow/tfjs';
import type { OwnParts } from '../../checks/ownParts';
import type { TokenBatch } from '../../data/batch';
import { Batches } from '../../data/batches';
import { DropoutBatches } from '../../data/dropoutBatches';
import { DropoutTextBatches } from '../../data/dropoutTextBatches';
import { encodeCorpus, encodeText } from '../../data/encodeCorpus';
import type { Epochs } from '../../data/epochs';
import { TextBatches } from '../../data/textBatches';
import type { Settings } from '../../settings/settings';
import type { Bpe } from '../../subwords/bpe';
import { bothSides, type Vocabularies } from '../../subwords/vocabularies';
import type { SentencePair } from '../../text/sentencePair';
import type { LossFunction } from '../../training/loss';
import { kindOf, type TokenModel } from '../../training/modelKinds';
import { batchTensors } from '../../training/translationLoss';
import { buildModel } from '../buildModel';
import type { RunConfig } from '../runConfig';
import { type Dropped, type Parts, readParallelData, readTextData } from './readData';
import { learnVocabulary, type VocabularyText } from './readVocabulary';

/** Batches of an epoch, with what decides which they are. */
export type TokenBatches = Epochs<TokenBatch> & { readonly settings: Settings };

/** What a run learns, of either kind: its data as batches, its model, its loss. */
export interface Task {
  readonly model: TokenModel;
  readonly vocabulary: Bpe | Vocabularies;
  readonly loss: LossFunction<TokenModel, TokenBatch>;
  readonly train: TokenBatches;
  readonly valid: Epochs<TokenBatch>;
  readonly test?: Epochs<TokenBatch>;
  /** What is translated and scored; none of a language model. */
  readonly pairs: { readonly valid: readonly SentencePair[]; readonly test: readonly SentencePair[] };
  readonly counts: DataCounts;
  /** A batch as the model's own call takes it. */
  readonly tensors: (batch: TokenBatch) => {
    readonly input: unknown;
    readonly tensors: readonly tf.Tensor[];
  };
}

export interface DataCounts {
  readonly train: number;
  readonly valid: number;
  readonly test: number;
  readonly dropped: Dropped;
  readonly tooLong: number;
}

/** The text of a run, read, before there is a vocabulary. */
export type RunText =
  | { readonly kind: 'translation'; readonly parts: Parts<SentencePair> }
  | { readonly kind: 'languageModel'; readonly parts: Parts<string> };

export type OnStage = (stage: string, done: number, total?: number) => void;

/** @throws SteadyformerError on files that cannot be read, with file and line */
export const readText = async ({ kind, data, seed }: RunConfig, onStage: OnStage): Promise<RunText> => {
  const options = { seed, onProgress: (read: number) => onStage('reading', read) };
  return kind === 'translation'
    ? { kind, parts: await readParallelData(data, options) }
    : { kind, parts: await readTextData(data, options) };
};

const sidesOf = ({ kind, parts }: RunText): VocabularyText =>
  kind === 'translation'
    ? { source: parts.train.map(({ source }) => source), target: parts.train.map(({ target }) => target) }
    : { source: parts.train, target: [] };

/** The vocabulary of a run, learned from its training text. */
export const learnFrom = (text: RunText, { vocabulary }: RunConfig, onStage: OnStage): Bpe | Vocabularies =>
  learnVocabulary(
    sidesOf(text),
    text.kind === 'translation' ? vocabulary : { ...vocabulary, shared: true },
    (merges) => onStage('merges', merges, vocabulary.merges),
  );

/** The text as batches, and the model that learns from them. */
export const makeTask = (
  text: RunText,
  vocabulary: Bpe | Vocabularies,
  config: RunConfig,
  own: OwnParts,
): Task => {
  const { train, valid, test, dropped } = text.parts;
  const counted = { train: train.length, valid: valid.length, test: test.length, dropped };
  const batches =
    text.kind === 'translation'
      ? ofPairs(text.parts, vocabulary, config)
      : ofText(text.parts, vocabulary, config);
  const { labelSmoothing } = config.training;
  const model = buildModel(config, vocabulary, own);
  return {
    ...batches,
    model,
    vocabulary,
    loss: kindOf(model.config).loss(labelSmoothing),
    pairs: text.kind === 'translation' ? text.parts : { valid: [], test: [] },
    counts: { ...counted, tooLong: batches.tooLong },
    tensors: (batch) => {
      const ids = batchTensors(batch);
      const tensors = [ids.source, ids.target];
      return { input: text.kind === 'translation' ? ids : ids.target, tensors };
    },
  };
};

type TaskBatches = Pick<Task, 'train' | 'valid' | 'test'> & { readonly tooLong: number };

const ofPairs = (
  { train, valid, test }: Parts<SentencePair>,
  vocabulary: Bpe | Vocabularies,
  { batches, seed, vocabulary: { dropout } }: RunConfig,
): TaskBatches => {
  const { length: _, ...options } = batches;
  const { pad, eos } = bothSides(vocabulary, 'vocabulary').target;
  const special = { pad, eos };
  const shuffled = { ...options, seed, special };
  const learned =
    dropout > 0
      ? new DropoutBatches(train, vocabulary, { ...shuffled, dropout })
      : new Batches(encodeCorpus(train, vocabulary), shuffled);
  // What is measured on is whole: its longest sentences too.
  const measured = (pairs: readonly SentencePair[]): Batches => {
    const corpus = encodeCorpus(pairs, vocabulary);
    const longest = Math.max(longestOf(corpus.source.offsets), longestOf(corpus.target.offsets));
    const maxTokens = Math.max(options.maxTokens, longest + 1);
    return new Batches(corpus, { maxTokens, maxLength: maxTokens - 1, shuffle: false, special });
  };
  return {
    train: learned,
    valid: measured(valid),
    ...(test.length > 0 ? { test: measured(test) } : {}),
    tooLong: learned.dropped,
  };
};

const longestOf = (offsets: Float64Array): number => {
  let longest = 1;
  for (let i = 1; i < offsets.length; i++) longest = Math.max(longest, offsets[i]! - offsets[i - 1]!);
  return longest;
};

const ofText = (
  { train, valid, test }: Parts<string>,
  vocabulary: Bpe | Vocabularies,
  { batches, seed, vocabulary: { dropout } }: RunConfig,
): TaskBatches => {
  const { target } = bothSides(vocabulary, 'vocabulary');
  const { length, maxTokens } = batches;
  const batchSize = Math.max(1, Math.floor(maxTokens / length));
  const special = { pad: target.pad, eos: target.eos };
  const sizes = { length, batchSize, special };
  const measured = (texts: readonly string[]): TextBatches =>
    new TextBatches(encodeText(texts, target), { ...sizes, shuffle: false });
  return {
    train:
      dropout > 0
        ? new DropoutTextBatches(train, target, { ...sizes, seed, dropout })
        : new TextBatches(encodeText(train, target), { ...sizes, seed }),
    valid: measured(valid),
    ...(test.length > 0 ? { test: measured(test) } : {}),
    tooLong: 0,
  };
};
