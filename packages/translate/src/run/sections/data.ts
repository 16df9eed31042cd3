import { fields, finite, flag, isRecord, oneOf, such, text, whole } from '@steadyformer/core';
import * as v from 'valibot';
import { SHARDS_PER_BLOCK } from '../../data/shardsPerBlock';
import type { ParallelFiles } from '../../text/node/readParallelFiles';
import { byForm, key, neededKey, type Section, section } from '../section';

/** A file of running text, or parallel files; several are read one after the other. */
export type TextFiles = string | ParallelFiles | readonly (string | ParallelFiles)[];

/** Training pairs that `prepareData` has encoded: token ids in files, of which a few are in memory at a time. */
export interface ShardedText {
  /** The folder. */
  readonly shards: string;
  /** See `ShardedBatchesOptions`. */
  readonly shardsPerBlock: number;
}

export interface FilterConfig {
  readonly apply: boolean;
  readonly minWords: number;
  readonly maxWords: number;
  readonly maxRatio: number;
  readonly keepIdentical: boolean;
  readonly keepDuplicates: boolean;
}

export interface HoldOutConfig {
  readonly valid: number;
  readonly test: number;
}

export interface DataConfig {
  readonly train: TextFiles | ShardedText;
  readonly valid?: TextFiles;
  readonly test?: TextFiles;
  readonly holdOut: HoldOutConfig;
  readonly blank: 'error' | 'skip';
  readonly filter: FilterConfig;
}

export interface VocabularyConfig {
  readonly file?: string | { readonly source: string; readonly target: string };
  readonly merges: number;
  readonly minFrequency: number;
  readonly minCharacterFrequency: number;
  readonly shared: boolean;
  readonly dropout: number;
}

export interface BatchesConfig {
  readonly maxTokens: number;
  readonly maxSentences?: number;
  readonly maxLength?: number;
  readonly bucketWidth: number;
  readonly length: number;
}

const isFile = (value: unknown): boolean => typeof value === 'string' || isRecord(value);

const FILES =
  "'text.txt' for a language model, { source: 'a.en', target: 'a.de' } or { path: 'a.tsv' } for translation, or a list";

const files = () =>
  such<TextFiles>(
    FILES,
    (value) => isFile(value) || (Array.isArray(value) && value.every(isFile) && value.length > 0),
  );

/** Whether the training text of a config is in shards. */
export const isShards = (value: unknown): value is ShardedText =>
  isRecord(value) && Object.hasOwn(value, 'shards');

/** The shards that a run trains on; undefined where it trains on text. */
export const shardsOf = ({ train }: Pick<DataConfig, 'train'>): ShardedText | undefined =>
  isShards(train) ? train : undefined;

const trained = () =>
  byForm<DataConfig['train']>((value) =>
    isShards(value)
      ? fields({ shards: text(), shardsPerBlock: v.optional(whole(), SHARDS_PER_BLOCK) })
      : files(),
  );

const share = () =>
  finite('a share in [0, 1), or a whole number of them', (n) => n >= 0 && (n < 1 || Number.isInteger(n)));

export const dataSection = (): Section<DataConfig> =>
  section('The text. Every file may be gzipped.', {
    train: neededKey(
      'What is learned from: { source, target } (two files, line by line), { path } (.tsv, .jsonl, .tmx), for a language model the path of a text; or a list of these. Or { shards }, the folder of that name that `steadyformer prepare --shards` wrote: then a few of them (shardsPerBlock, by default 8) are in memory at a time.',
      trained(),
    ),
    valid: key(
      'What is validated on, in the same forms. Without it some of the training text is held out.',
      files(),
    ),
    test: key('What is translated and scored at the end, in the same forms.', files()),
    holdOut: section(
      'What is taken out of the training text, where files are not given. Shares below 1, or numbers of pairs.',
      {
        valid: key('For validation.', share(), 0.02),
        test: key('For the test at the end.', share(), 0),
      },
    ),
    blank: key(
      "What to do where a side of a pair is blank: 'error', or 'skip'.",
      oneOf(['error', 'skip']),
      'error',
    ),
    filter: section('Pairs of the training text that are left out, and counted.', {
      apply: key('Whether any are.', flag(), true),
      minWords: key('Least words of a side.', whole(), 1),
      maxWords: key('Most words of a side.', whole(), 175),
      maxRatio: key(
        'Most times that the longer side may have the words of the shorter.',
        finite('numbers >= 1', (ratio) => ratio >= 1),
        3,
      ),
      keepIdentical: key('Whether pairs of the same text on both sides stay.', flag(), false),
      keepDuplicates: key('Whether a pair stays that was met before.', flag(), false),
    }),
  });

export const vocabularySection = (): Section<VocabularyConfig> =>
  section('Subwords, by byte-pair encoding.', {
    file: key(
      'A vocabulary that is there already, as `steadyformer bpe` or an earlier run wrote it (vocabulary.json), or { source, target }. Nothing is learned then.',
      byForm<NonNullable<VocabularyConfig['file']>>((value) =>
        isRecord(value) ? fields({ source: text(), target: text() }) : text(),
      ),
    ),
    merges: key('Merges to learn; the vocabulary is about this and the characters.', whole(0), 8000),
    minFrequency: key('A pair is merged if it occurs this often.', whole(), 2),
    minCharacterFrequency: key('A character is known if it occurs this often.', whole(), 1),
    shared: key('Whether both languages have one vocabulary.', flag(), true),
    dropout: key(
      'Rate of BPE dropout: words are cut anew in every epoch (Provilkov et al. 2020).',
      finite('numbers in [0, 1)', (p) => p >= 0 && p < 1),
      0,
    ),
  });

export const batchesSection = (): Section<BatchesConfig> =>
  section('Batches of similar lengths.', {
    maxTokens: key('Most tokens of a padded batch, a side.', whole(2), 4096),
    maxSentences: key('Most sentence pairs of a batch.', whole()),
    maxLength: key(
      'Pairs with more tokens on a side are left out. Default 256, or what maxTokens holds.',
      whole(),
    ),
    bucketWidth: key(
      'Sentences whose lengths agree when rounded up to a multiple of this are mixed.',
      whole(),
      1,
    ),
    length: key('Of a language model: tokens of a block of running text.', whole(2), 256),
  });
