import type * as tf from '@tensorflow/tfjs';
import type { OwnParts } from '../../checks/ownParts';
import type { TokenBatch } from '../../data/batch';
import { Batches, type BatchesOptions } from '../../data/batches';
import { DropoutBatches } from '../../data/dropoutBatches';
import { DropoutTextBatches } from '../../data/dropoutTextBatches';
import { encodeCorpus, encodeText } from '../../data/encodeCorpus';
import type { Epochs } from '../../data/epochs';
import { openShards, type Shards } from '../../data/node/openShards';
import { ShardedBatches } from '../../data/node/shardedBatches';
import { checkShardVocabulary } from '../../data/node/vocabularySum';
import { TextBatches } from '../../data/textBatches';
import type { Settings } from '../../settings/settings';
import type { Bpe } from '../../subwords/bpe';
import { bothSides, type Vocabularies } from '../../subwords/vocabularies';
import type { SentencePair } from '../../text/sentencePair';
import type { LossFunction } from '../../training/loss';
import { kindOf, type TokenModel } from '../../training/modelKinds';
import { batchTensors } from '../../training/translationLoss';
import { buildModel } from '../buildModel';
import { measuredPairs, measuredText } from '../measuredBatches';
import type { RunConfig } from '../runConfig';
import { type ShardedText, shardsOf } from '../sections/data';
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
  | {
      readonly kind: 'translation';
      readonly parts: Parts<SentencePair>;
      /** What is trained on, where it is not in `parts`. */
      readonly shards?: OpenedShards;
    }
  | { readonly kind: 'languageModel'; readonly parts: Parts<string> };

/** Shards that a run trains on. */
export interface OpenedShards extends ShardedText {
  readonly opened: Shards;
}

export type OnStage = (stage: string, done: number, total?: number) => void;

/** @throws SteadyformerError on files that cannot be read, with file and line, and on shards that are damaged */
export const readText = async ({ kind, data, seed }: RunConfig, onStage: OnStage): Promise<RunText> => {
  const options = { seed, onProgress: (read: number) => onStage('reading', read) };
  if (kind === 'languageModel') return { kind, parts: await readTextData(data, options) };
  const sharded = shardsOf(data);
  const shards = sharded && { ...sharded, opened: await openShards(sharded.shards) };
  const parts = await readParallelData(data, options);
  return { kind, parts, ...(shards ? { shards } : {}) };
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
  const shards = text.kind === 'translation' ? text.shards : undefined;
  const counted = {
    train: shards?.opened.pairs ?? train.length,
    valid: valid.length,
    test: test.length,
    dropped,
  };
  const batches =
    text.kind === 'translation' ? ofPairs(text, vocabulary, config) : ofText(text.parts, vocabulary, config);
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
  { parts: { train, valid, test }, shards }: Extract<RunText, { kind: 'translation' }>,
  vocabulary: Bpe | Vocabularies,
  { batches, seed, vocabulary: { dropout } }: RunConfig,
): TaskBatches => {
  const { length: _, ...options } = batches;
  const { pad, eos } = bothSides(vocabulary, 'vocabulary').target;
  const special = { pad, eos };
  const shuffled = { ...options, seed, special };
  const fromText = (): Batches | DropoutBatches =>
    dropout > 0
      ? new DropoutBatches(train, vocabulary, { ...shuffled, dropout })
      : new Batches(encodeCorpus(train, vocabulary), shuffled);
  const learned = shards ? ofShards(shards, vocabulary, shuffled) : fromText();
  const measured = (pairs: readonly SentencePair[]): Batches =>
    measuredPairs(pairs, vocabulary, options.maxTokens);
  return {
    train: learned,
    valid: measured(valid),
    ...(test.length > 0 ? { test: measured(test) } : {}),
    tooLong: learned.dropped,
  };
};

const ofShards = (
  { opened, shards, shardsPerBlock }: OpenedShards,
  vocabulary: Bpe | Vocabularies,
  options: BatchesOptions,
): ShardedBatches => {
  checkShardVocabulary(opened, vocabulary, shards);
  return new ShardedBatches(opened, { ...options, shardsPerBlock });
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
    measuredText(texts, target, { length, maxTokens });
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
