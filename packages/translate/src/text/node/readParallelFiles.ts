import { checkRecord, fields, invalidArgument, oneOf, parseAs, text } from '@steadyformer/core';
import * as v from 'valibot';
import { needed, type SchemasOf } from '../../checks/schemas';
import type { BlankOptions, ParallelInput } from '../parallelInput';
import { readParallel } from '../readParallel';
import type { SentencePair } from '../sentencePair';
import { openText } from './openText';

/** Two files, one sentence a line. */
export interface PairOfFiles extends BlankOptions {
  readonly source: string;
  readonly target: string;
}

/** One file with both sides: `.tsv` or `.txt` (tab-separated), `.jsonl` or `.ndjson` (JSON lines). */
export interface OneFile extends BlankOptions {
  readonly path: string;
  /** Default: by the file's name. */
  readonly format?: 'tsv' | 'jsonl';
  /** See `TsvInput`. */
  readonly columns?: readonly [number, number];
  /** See `JsonLinesInput`. */
  readonly keys?: readonly [string, string];
}

export type ParallelFiles = PairOfFiles | OneFile;

const formatOf = (path: string): 'tsv' | 'jsonl' => {
  const name = path.toLowerCase().replace(/\.gz$/u, '');
  if (/\.(?:tsv|txt)$/u.test(name)) return 'tsv';
  if (/\.(?:jsonl|ndjson)$/u.test(name)) return 'jsonl';
  throw invalidArgument({
    what: 'path',
    received: path,
    allowed: 'names ending in .tsv, .txt, .jsonl or .ndjson (and .gz)',
    next: "Say which it is with format: 'tsv' or 'jsonl'.",
  });
};

// What text is read by, `readParallel` checks.
const oneFile = () =>
  fields({
    path: needed(text()),
    format: v.optional(oneOf(['tsv', 'jsonl'])),
    columns: v.optional(v.unknown()),
    keys: v.optional(v.unknown()),
    blank: v.optional(v.unknown()),
  } satisfies SchemasOf<OneFile>);

const pairOfFiles = () =>
  fields({
    source: needed(text()),
    target: needed(text()),
    blank: v.optional(v.unknown()),
  } satisfies SchemasOf<PairOfFiles>);

const openInput = async (files: ParallelFiles): Promise<ParallelInput> => {
  checkRecord('readParallelFiles()', files, '{ path }, or { source, target }');
  if ('path' in files) {
    parseAs(oneFile(), files, 'readParallelFiles()');
    const { path, format = formatOf(path), ...options } = files;
    return { ...options, format, text: await openText(path) };
  }
  parseAs(pairOfFiles(), files, 'readParallelFiles()');
  const { source, target, ...options } = files;
  return { ...options, format: 'pair', source: await openText(source), target: await openText(target) };
};

/**
 * The sentence pairs of parallel files (each may be gzipped), read as they are asked for.
 *
 * @throws SteadyformerError as `readParallel` does, and where a file is missing or cannot be read.
 */
export async function* readParallelFiles(files: ParallelFiles): AsyncGenerator<SentencePair> {
  yield* readParallel(await openInput(files));
}

/** All sentence pairs of parallel files, as `readParallelFiles` gives them. */
export const loadParallelFiles = async (files: ParallelFiles): Promise<SentencePair[]> => {
  const pairs: SentencePair[] = [];
  for await (const pair of readParallelFiles(files)) pairs.push(pair);
  return pairs;
};
