import { join } from 'node:path';
import { SteadyformerError } from '@steadyformer/core';
import { SHARDS } from '../../data/node/shardManifest';
import { cleaner, type DropReason } from '../../text/clean';
import { type ParallelFiles, readParallelFiles } from '../../text/node/readParallelFiles';
import { readTextFile } from '../../text/node/readTextFile';
import type { SentencePair } from '../../text/sentencePair';
import { splitCorpus } from '../../text/splitCorpus';
import { splitText } from '../../text/splitText';
import { type DataConfig, type HoldOutConfig, isShards, shardsOf, type TextFiles } from '../sections/data';

export type Dropped = Partial<Record<DropReason | 'blank' | 'held out', number>>;

/** The text of a run in its three parts. */
export interface Parts<Item> {
  readonly train: readonly Item[];
  readonly valid: readonly Item[];
  readonly test: readonly Item[];
  /** Left out of the training text, by reason. */
  readonly dropped: Dropped;
}

export interface ReadOptions {
  readonly seed: number;
  /** Told now and then how much has been read. An exception of it ends the call. */
  readonly onProgress: (read: number) => void;
}

/** Files of a part, one or several. */
const listOf = (files: TextFiles | undefined): readonly (string | ParallelFiles)[] =>
  files === undefined ? [] : Array.isArray(files) ? files : [files as string | ParallelFiles];

/** The training text; nothing where it is in shards. */
export const trainingText = ({ train }: DataConfig): TextFiles | undefined =>
  isShards(train) ? undefined : train;

/** The paths of all files that a config names; of shards the file that vouches for all. */
export const pathsOf = (data: DataConfig): string[] => {
  const sharded = shardsOf(data);
  const paths = [trainingText(data), data.valid, data.test].flatMap((part) =>
    listOf(part).flatMap((file) => {
      if (typeof file === 'string') return [file];
      return 'path' in file ? [file.path] : [file.source, file.target];
    }),
  );
  return sharded ? [join(sharded.shards, SHARDS), ...paths] : paths;
};

const TOLD = 10_000;

/** Counts by reason. */
const count = (dropped: Dropped, reason: keyof Dropped, n = 1): void => {
  if (n > 0) dropped[reason] = (dropped[reason] ?? 0) + n;
};

/** All pairs of several files, in their order, as they are asked for. */
async function* readPairs(
  files: TextFiles | undefined,
  { blank }: Pick<DataConfig, 'blank'>,
  dropped: Dropped,
): AsyncGenerator<SentencePair> {
  const onSkip = (): void => count(dropped, 'blank');
  for (const file of listOf(files)) {
    const options = { blank, ...(blank === 'skip' ? { onSkip } : {}) };
    yield* readParallelFiles({ ...options, ...(file as ParallelFiles) });
  }
}

/** The training pairs that are kept, as they are asked for; those that are not are counted. */
export async function* readTrainingPairs(
  data: DataConfig,
  { onProgress }: Pick<ReadOptions, 'onProgress'>,
  dropped: Dropped,
): AsyncGenerator<SentencePair> {
  const { apply, ...bounds } = data.filter;
  const clean = apply ? cleaner(bounds) : undefined;
  let [read, kept] = [0, 0];
  for await (const pair of readPairs(trainingText(data), data, dropped)) {
    if (++read % TOLD === 0) onProgress(read);
    const result = clean ? clean(pair) : pair;
    if (typeof result === 'string') {
      count(dropped, result);
      continue;
    }
    kept++;
    yield result;
  }
  if (kept === 0) throw nothingLeft(pathsOf(data), read, dropped, 'pairs');
}

/** What is validated or tested on, as it is in its files. */
export const readMeasuredPairs = (data: DataConfig, part: 'valid' | 'test'): AsyncIterable<SentencePair> =>
  readPairs(data[part], data, {});

/**
 * The sentence pairs of a run. Training text is filtered; what is validated and tested on is taken as it is, unless it is
 * held out of the training text, of which no twin is then trained on. What is in shards is not read here.
 *
 * @throws SteadyformerError on files that cannot be read, with file and line, and where nothing is left to train on
 */
export const readParallelData = async (
  data: DataConfig,
  { seed, onProgress }: ReadOptions,
): Promise<Parts<SentencePair>> => {
  const dropped: Dropped = {};
  const kept: SentencePair[] = [];
  if (!shardsOf(data)) {
    for await (const pair of readTrainingPairs(data, { onProgress }, dropped)) kept.push(pair);
  }
  const given = { valid: [] as SentencePair[], test: [] as SentencePair[] };
  for (const part of ['valid', 'test'] as const) {
    for await (const pair of readMeasuredPairs(data, part)) given[part].push(pair);
  }
  const wanted = heldOutOf(data);
  if (wanted.valid + wanted.test === 0) return { train: kept, ...given, dropped };
  const { train, valid, test } = splitCorpus(kept, { ...wanted, seed });
  return {
    train,
    valid: data.valid === undefined ? valid : given.valid,
    test: data.test === undefined ? test : given.test,
    dropped,
  };
};

/** What is held out of the training text: nothing in the place of files that are given. */
export const heldOutOf = ({ valid, test, holdOut }: DataConfig): HoldOutConfig => ({
  valid: valid === undefined ? holdOut.valid : 0,
  test: test === undefined ? holdOut.test : 0,
});

const nothingLeft = (
  paths: readonly string[],
  read: number,
  dropped: Dropped,
  things: string,
): SteadyformerError => {
  const why = Object.entries(dropped).map(([reason, n]) => `${reason} ${n}`);
  return new SteadyformerError(
    `nothing is left to train on: of ${read} ${things} of ${paths[0]} all were left out (${why.join(', ') || 'there are none'}). ` +
      'Loosen data.filter, or bring other text.',
  );
};

/** The documents of a language model's files, in their order, as they are asked for; blank lines are counted. */
export async function* readDocuments(files: TextFiles | undefined, dropped: Dropped): AsyncGenerator<string> {
  const onSkip = (): void => count(dropped, 'blank');
  for (const file of listOf(files)) yield* readTextFile(file as string, { onSkip });
}

/**
 * The lines of a language model's text, each a document. What is held out are its last lines, so that what is validated
 * on follows what is learned from.
 *
 * @throws SteadyformerError on files that cannot be read, with file and line, and where nothing is left to train on
 */
export const readTextData = async (data: DataConfig, { onProgress }: ReadOptions): Promise<Parts<string>> => {
  let read = 0;
  const dropped: Dropped = {};
  const linesOf = async (files: TextFiles | undefined, skipped: Dropped): Promise<string[]> => {
    const lines: string[] = [];
    for await (const line of readDocuments(files, skipped)) {
      if (++read % TOLD === 0) onProgress(read);
      lines.push(line);
    }
    return lines;
  };
  const all = await linesOf(trainingText(data), dropped);
  const given = { valid: await linesOf(data.valid, {}), test: await linesOf(data.test, {}) };
  const wanted = heldOutOf(data);
  if (wanted.valid + wanted.test === 0) return { train: all, ...given, dropped };
  const { train, valid, test, dropped: twins } = splitText(all, wanted);
  count(dropped, 'held out', twins.valid + twins.test);
  return {
    train,
    valid: data.valid === undefined ? valid : given.valid,
    test: data.test === undefined ? test : given.test,
    dropped,
  };
};
