import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { SteadyformerError } from '@steadyformer/core';
import type { Checkpoint } from '@steadyformer/translate';
import {
  CheckpointSeries,
  loadCheckpoint,
  type RunRecord,
  readRunRecord,
} from '@steadyformer/translate/node';
import { fileReason } from '../program/fileReason';

/** A checkpoint of those that a folder holds. */
export interface FoundCheckpoint {
  readonly folder: string;
  readonly checkpoint: Checkpoint;
  /** What it is to its run: 'newest', 'best' (by `metric`), 'model' for what the run ended with. */
  readonly role?: 'newest' | 'best' | 'model';
  readonly metric?: number;
}

/** What a folder is: one checkpoint, or those of a run. */
export type FolderKind =
  | { readonly kind: 'checkpoint' }
  /** `run` is the run's folder and `model` that of the model it ended with, where they are known. */
  | { readonly kind: 'run'; readonly checkpoints: string; readonly model?: string; readonly run?: string };

const namesIn = async (folder: string): Promise<readonly string[]> => {
  try {
    return await readdir(folder);
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    const why = missing
      ? 'there is no such folder'
      : fileReason(error).replace('its folder is a file', 'it is a file');
    throw new SteadyformerError(
      `${folder}: the folder cannot be read, ${why}; name the folder of a checkpoint or of a run`,
    );
  }
};

const MANIFEST = 'checkpoint.json';
const ofSeries = (names: readonly string[]): boolean =>
  names.some((name) => name === 'best' || /^update-\d+$/.test(name));

const isFolder = (path: string): Promise<boolean> =>
  stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );

/** What a folder holds, by its names alone. @throws SteadyformerError where it is neither, saying what it holds */
export const folderKind = async (folder: string): Promise<FolderKind> => {
  const names = await namesIn(folder);
  if (names.includes(MANIFEST)) return { kind: 'checkpoint' };
  if (ofSeries(names)) return { kind: 'run', checkpoints: folder };
  const below = join(folder, 'checkpoints');
  const model = join(folder, 'model');
  const ended = (await isFolder(model)) && (await namesIn(model)).includes(MANIFEST);
  if (await isFolder(below))
    return { kind: 'run', run: folder, checkpoints: below, ...(ended ? { model } : {}) };
  const holds =
    names.length === 0 ? 'nothing' : `${names.slice(0, 3).join(', ')}${names.length > 3 ? ', ...' : ''}`;
  throw new SteadyformerError(
    `${folder}: neither a checkpoint (it has no ${MANIFEST}) nor a run (it has no checkpoints): it holds ${holds}`,
  );
};

/** All that a folder shows: of a run the newest, the best, and the model it ended with. */
export interface FoundInFolder {
  readonly checkpoints: readonly FoundCheckpoint[];
  /** Newer ones that cannot be read. */
  readonly skipped: readonly { readonly folder: string; readonly reason: string }[];
  /** What repeats the run, where its folder says it. */
  readonly run?: RunRecord;
}

/**
 * Reads a checkpoint's folder, or those of a run that matter; every checksum is compared.
 *
 * @throws SteadyformerError where there is none, or none that can be read
 */
export const findCheckpoints = async (folder: string): Promise<FoundInFolder> => {
  const found = await folderKind(folder);
  if (found.kind === 'checkpoint') {
    return { checkpoints: [{ folder, checkpoint: await loadCheckpoint(folder) }], skipped: [] };
  }
  const series = await CheckpointSeries.open(found.checkpoints);
  const [newest, best] = [await series.latest(), await series.best()];
  const { model, run } = found;
  const record = run === undefined ? undefined : await readRunRecord(run);
  const checkpoints: FoundCheckpoint[] = [
    ...(newest ? [{ role: 'newest' as const, folder: newest.folder, checkpoint: newest.checkpoint }] : []),
    ...(best ? [{ role: 'best' as const, ...best }] : []),
    ...(model ? [{ role: 'model' as const, folder: model, checkpoint: await loadCheckpoint(model) }] : []),
  ];
  if (checkpoints.length > 0) {
    return { checkpoints, skipped: newest?.skipped ?? [], ...(record ? { run: record } : {}) };
  }
  throw new SteadyformerError(`${folder}: the run has saved no checkpoint yet`);
};

/** The one checkpoint of a folder, where only one is wanted. @throws SteadyformerError that names those of a run */
export const loadOne = async (folder: string): Promise<Checkpoint> => {
  const found = await folderKind(folder);
  if (found.kind === 'checkpoint') return loadCheckpoint(folder);
  const { checkpoints } = await findCheckpoints(folder);
  const names = checkpoints.map((each) => `${each.folder} (${each.role})`).join(', ');
  throw new SteadyformerError(`${folder}: the folder of a run; name one of its checkpoints: ${names}`);
};

/** A model to be used, and where it lay. */
export interface UsableModel {
  readonly folder: string;
  readonly checkpoint: Checkpoint;
}

/**
 * The model of a folder: of a run the one it ended with, else its best checkpoint, else its newest.
 *
 * @param kind of model that is wanted
 * @throws SteadyformerError where there is none that can be read, or it is of the other kind
 */
export const loadUsable = async (
  folder: string,
  kind: 'transformer' | 'languageModel',
): Promise<UsableModel> => {
  const found = await naming(folder, () => usableIn(folder));
  const is = found.checkpoint.config.kind ?? 'transformer';
  if (is === kind) return found;
  const advice = {
    transformer: 'a translation model, which `steadyformer translate` takes; here a language model is wanted',
    languageModel:
      'a language model, which `steadyformer generate` takes; here one that translates is wanted',
  };
  throw new SteadyformerError(
    `${folder}: ${Object.hasOwn(advice, is) ? advice[is as keyof typeof advice] : `a model of kind '${is}'; here a ${kind} is wanted`}`,
  );
};

/** What `work` on a folder gives. Its errors name the folder: of several models one wants to know which. */
export const naming = async <T>(folder: string, work: () => T | Promise<T>): Promise<T> => {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof SteadyformerError) || error.message.includes(folder)) throw error;
    throw new SteadyformerError(`${folder}: ${error.message}`, { cause: error });
  }
};

/** The model of a folder, of whatever kind: of a run the one it ended with, else its best checkpoint, else its newest. */
export const usableIn = async (folder: string): Promise<UsableModel> => {
  const found = await folderKind(folder);
  const one = found.kind === 'checkpoint' ? folder : found.model;
  if (one !== undefined) return { folder: one, checkpoint: await loadCheckpoint(one) };
  const series = await CheckpointSeries.open((found as { checkpoints: string }).checkpoints);
  const saved = (await series.best()) ?? (await series.latest());
  if (saved) return { folder: saved.folder, checkpoint: saved.checkpoint };
  throw new SteadyformerError(`${folder}: the run has saved no checkpoint yet`);
};
