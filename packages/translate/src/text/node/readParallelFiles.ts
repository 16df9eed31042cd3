import { checkRecord, fields, invalidArgument, oneOf, parseAs, text } from '@steadyformer/core';
import * as v from 'valibot';
import { needed, type SchemasOf } from '../../checks/schemas';
import type { BlankOptions } from '../blankOptions';
import type { ParallelInput } from '../parallelInput';
import { readParallel } from '../readParallel';
import type { SentencePair } from '../sentencePair';
import { openText } from './openText';
import type { TmxInput } from './readTmx';

type Format = 'tsv' | 'jsonl' | 'tmx';

/** Two files, one sentence a line. */
export interface PairOfFiles extends BlankOptions {
  readonly source: string;
  readonly target: string;
}

/** One file with both sides: `.tsv` or `.txt` (tab-separated), `.jsonl` or `.ndjson` (JSON lines), `.tmx`. */
export interface OneFile extends BlankOptions {
  readonly path: string;
  /** Default: by the file's name. */
  readonly format?: Format;
  /** See `TsvInput`. */
  readonly columns?: readonly [number, number];
  /** See `JsonLinesInput`. */
  readonly keys?: readonly [string, string];
  /**
   * The languages of source and target in a translation memory (TMX): case does not count, and 'en' takes 'en-US' too.
   * Default: the first two languages of its first unit.
   */
  readonly languages?: readonly [string, string];
}

/** Files of parallel text: one a language, or one with both. */
export type ParallelFiles = PairOfFiles | OneFile;

const formatOf = (path: string): Format => {
  const name = path.toLowerCase().replace(/\.gz$/u, '');
  if (/\.(?:tsv|txt)$/u.test(name)) return 'tsv';
  if (/\.(?:jsonl|ndjson)$/u.test(name)) return 'jsonl';
  if (name.endsWith('.tmx')) return 'tmx';
  throw invalidArgument({
    what: 'path',
    received: path,
    allowed: 'names ending in .tsv, .txt, .jsonl, .ndjson or .tmx (and .gz)',
    next: "Say which it is with format: 'tsv', 'jsonl' or 'tmx'.",
  });
};

// What text is read by, `readParallel` and `readTmx` check.
const oneFile = () =>
  fields({
    path: needed(text()),
    format: v.optional(oneOf(['tsv', 'jsonl', 'tmx'])),
    columns: v.optional(v.unknown()),
    keys: v.optional(v.unknown()),
    languages: v.optional(v.unknown()),
    blank: v.optional(v.unknown()),
    onSkip: v.optional(v.unknown()),
  } satisfies SchemasOf<OneFile>);

const pairOfFiles = () =>
  fields({
    source: needed(text()),
    target: needed(text()),
    blank: v.optional(v.unknown()),
    onSkip: v.optional(v.unknown()),
  } satisfies SchemasOf<PairOfFiles>);

const openInput = async (files: ParallelFiles): Promise<ParallelInput | TmxInput> => {
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
 * @throws SteadyformerError as `readParallel` does, and where a file is missing or cannot be read, a TMX file is not well-formed XML
 *   or a unit lacks one of the languages (unless `blank` is 'skip').
 */
export async function* readParallelFiles(files: ParallelFiles): AsyncGenerator<SentencePair> {
  const input = await openInput(files);
  // The XML parser is loaded where there is XML.
  if (input.format === 'tmx') yield* (await import('./readTmx')).readTmx(input);
  else yield* readParallel(input);
}

/** All sentence pairs of parallel files, as `readParallelFiles` gives them. */
export const loadParallelFiles = async (files: ParallelFiles): Promise<SentencePair[]> => {
  const pairs: SentencePair[] = [];
  for await (const pair of readParallelFiles(files)) pairs.push(pair);
  return pairs;
};
