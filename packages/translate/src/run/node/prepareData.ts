import { randomBytes } from 'node:crypto';
import { mkdir, readdir, rename, rm, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { callback, fields, flag, parseAs, SteadyformerError } from '@steadyformer/core';
import { syncFolder, writeFileAtomic } from '@steadyformer/core/node';
import * as v from 'valibot';
import { writeReason } from '../../checks/node/errorCode';
import { checkFolderPath, namesIn } from '../../checks/node/folderPath';
import type { SchemasOf } from '../../checks/schemas';
import { type EncodedPair, writeShards } from '../../data/node/writeShards';
import { SHARDS_PER_BLOCK } from '../../data/shardsPerBlock';
import type { Bpe } from '../../subwords/bpe';
import { bothSides, hasSides, type Vocabularies } from '../../subwords/vocabularies';
import { readParallelFiles } from '../../text/node/readParallelFiles';
import { type GivenConfig, type RunConfig, runConfig } from '../runConfig';
import { shardsOf } from '../sections/data';
import { type FileFingerprint, fingerprintFiles } from './fingerprint';
import { learnFromFiles } from './learnFromFiles';
import { type PreparedParts, writePreparedText } from './preparedParts';
import { type Dropped, pathsOf } from './readData';
import { givenVocabulary, vocabularyPath, writeVocabulary } from './readVocabulary';

/** Options of `prepareData`. */
export interface PrepareOptions {
  /**
   * Whether the training pairs are written as shards of token ids as well, in `shards`; config.json then trains on these, with
   * a few shards in memory at a time. Default false.
   */
  readonly shards?: boolean;
  /** Whether what an earlier call left in the folder is replaced. Default false. */
  readonly replace?: boolean;
  /** Told of a stage of the work and how much of it is done. An exception of it ends the call. */
  readonly onProgress?: (stage: string, done: number, total?: number) => void;
}

/** What became of a run's text, as `report.json` says it. */
export interface PrepareReport {
  readonly format: 'steadyformer-prepared';
  readonly version: 1;
  readonly kind: RunConfig['kind'];
  /** Sentence pairs, or documents. */
  readonly counts: { readonly train: number; readonly valid: number; readonly test: number };
  /** Left out of the training text, by reason. */
  readonly dropped: Dropped;
  /** Tokens of the vocabulary, by side; `learned` where it was learned here. */
  readonly vocabulary: {
    readonly source: number;
    readonly target: number;
    readonly shared: boolean;
    readonly learned: boolean;
  };
  /** Training pairs in shards; null where none were written. */
  readonly shards: number | null;
  /** What was read. */
  readonly data: readonly FileFingerprint[];
}

export const REPORT = 'report.json';
const CONFIG = 'config.json';
const SHARDS = 'shards';
const PARTIAL = /^prepare\.[0-9a-f]{16}\.partial$/u;

const optionFields = () =>
  fields({
    shards: v.optional(flag(), false),
    replace: v.optional(flag(), false),
    onProgress: v.optional(callback<NonNullable<PrepareOptions['onProgress']>>()),
  } satisfies SchemasOf<PrepareOptions>);

/** Throws where the folder is one that cannot be written to. */
const checkFolder = async (path: string, folder: string, replace: boolean): Promise<void> => {
  const refusal = `no text can be prepared in '${folder}'`;
  const names = await namesIn(path, refusal);
  const left = names.filter((name) => PARTIAL.test(name));
  if (names.length === left.length || (replace && names.includes(REPORT))) {
    // What a process left that was killed.
    for (const name of left) await rm(join(path, name), { recursive: true, force: true });
    return;
  }
  const why = names.includes(REPORT) ? 'prepared text already' : `other things ('${names[0]}')`;
  throw new SteadyformerError(`${refusal}: it holds ${why}. Name a new folder.`);
};

/**
 * Makes a run's text ready once, for several runs: reads, filters and splits it as the run would, writes its parts as
 * text (train.source, train.target, ..., or train.txt), its vocabulary.json, a config.json that trains on these and
 * gets the same sentences and ids, and report.json, which counts what was left out. Text is held in memory only where
 * some of it is to be held out. All appears in the folder together, at the end.
 *
 * @throws SteadyformerError on a config or data that is not as it should be, on a folder that holds other things, and
 *   where it cannot be written to; then nothing is left behind
 */
export const prepareData = async (
  config: GivenConfig | RunConfig,
  folder: string,
  options: PrepareOptions = {},
): Promise<PrepareReport> => {
  const given = parseAs(optionFields(), options, 'prepareData()');
  const checked = runConfig(config, 'prepareData() config');
  if (given.shards && checked.kind === 'languageModel') {
    throw new SteadyformerError(
      "prepareData(): shards hold sentence pairs; a config of kind 'languageModel' has none. Leave shards out.",
    );
  }
  if (shardsOf(checked.data)) {
    throw new SteadyformerError(
      'prepareData(): the config trains on shards, which are prepared text. Train on it as it is.',
    );
  }
  const path = checkFolderPath('prepareData() folder', folder);
  await checkFolder(path, folder, given.replace);
  const data = await fingerprintFiles(pathsOf(checked.data));
  const vocabulary = await givenVocabulary(checked.vocabulary);
  const staging = join(path, `prepare.${randomBytes(8).toString('hex')}.partial`);
  try {
    await mkdir(staging, { recursive: true });
    const made = await writeAll({ config: checked, folder, staging, vocabulary, ...given });
    const report: PrepareReport = { ...made, data };
    await writeJson(join(staging, REPORT), report);
    await moveAll(staging, path);
    return report;
  } catch (error) {
    await rm(staging, { recursive: true, force: true }).catch(() => {});
    await rmdir(path).catch(() => {});
    if (error instanceof SteadyformerError || !(error instanceof Error && 'syscall' in error)) throw error;
    throw new SteadyformerError(
      `text cannot be prepared in '${folder}' (${writeReason(error)}). Make room, or name another folder.`,
      { cause: error },
    );
  }
};

const writeJson = (path: string, value: unknown): Promise<void> =>
  writeFileAtomic(path, `${JSON.stringify(value, null, 2)}\n`);

/** Gives everything its place; the report, which says that all is there, comes last. */
const moveAll = async (staging: string, path: string): Promise<void> => {
  await rm(join(path, REPORT), { force: true });
  const names = await readdir(staging);
  for (const name of [...names.filter((each) => each !== REPORT), REPORT]) {
    if (name === SHARDS) await rm(join(path, SHARDS), { recursive: true, force: true });
    await rename(join(staging, name), join(path, name));
  }
  await rm(staging, { recursive: true });
  await syncFolder(path);
};

interface Work {
  readonly config: RunConfig;
  readonly folder: string;
  readonly staging: string;
  readonly vocabulary: Bpe | Vocabularies | undefined;
  readonly shards: boolean;
  readonly onProgress?: PrepareOptions['onProgress'];
}

const writeAll = async (work: Work): Promise<Omit<PrepareReport, 'data'>> => {
  const { config, folder, staging, shards, onProgress = () => {} } = work;
  onProgress('reading', 0);
  const parts = await writePreparedText(config, staging, onProgress);
  const vocabulary =
    work.vocabulary ??
    (await learnFromFiles(parts.paths.train!, config, (merges) =>
      onProgress('merges', merges, config.vocabulary.merges),
    ));
  await writeVocabulary(vocabularyPath(staging), vocabulary);
  await writeJson(join(staging, CONFIG), preparedConfig(config, parts, { folder, shards }));
  const { source, target } = bothSides(vocabulary, 'vocabulary');
  const written = shards
    ? await writeShards(join(staging, SHARDS), encoded(parts, { source, target }, onProgress), { vocabulary })
    : null;
  return {
    format: 'steadyformer-prepared',
    version: 1,
    kind: config.kind,
    counts: parts.counts,
    dropped: parts.dropped,
    vocabulary: {
      source: source.size,
      target: target.size,
      shared: !hasSides(vocabulary),
      learned: work.vocabulary === undefined,
    },
    shards: written,
  };
};

/** The config of a run on prepared text: nothing is left to filter, split or learn. */
const preparedConfig = (
  config: RunConfig,
  { names, counts }: PreparedParts,
  { folder, shards }: Pick<Work, 'folder' | 'shards'>,
): RunConfig => {
  const at = (part: 'train' | 'valid' | 'test') => {
    const files = names[part]!;
    return typeof files === 'string'
      ? join(folder, files)
      : { source: join(folder, files.source), target: join(folder, files.target) };
  };
  const { filter, ...data } = config.data;
  return {
    ...config,
    data: {
      ...data,
      train: shards ? { shards: join(folder, SHARDS), shardsPerBlock: SHARDS_PER_BLOCK } : at('train'),
      valid: at('valid'),
      ...(counts.test > 0 ? { test: at('test') } : {}),
      holdOut: { valid: 0, test: 0 },
      // A language model's text is not filtered.
      filter: config.kind === 'translation' ? { ...filter, apply: false } : filter,
    },
    vocabulary: { ...config.vocabulary, file: vocabularyPath(folder) },
  };
};

const TOLD = 10_000;

async function* encoded(
  { paths }: PreparedParts,
  { source, target }: Vocabularies,
  onProgress: (stage: string, done: number) => void,
): AsyncGenerator<EncodedPair> {
  let done = 0;
  for await (const pair of readParallelFiles(paths.train as { source: string; target: string })) {
    if (++done % TOLD === 0) onProgress('encoding', done);
    yield {
      source: source.encode(source.normalise(pair.source)),
      target: target.encode(target.normalise(pair.target)),
    };
  }
}
