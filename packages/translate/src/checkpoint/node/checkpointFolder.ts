import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type StateDict, SteadyformerError } from '@steadyformer/core';
import { errorCode, writeReason } from '../../checks/node/errorCode';
import { checkFolderPath, namesIn } from '../../checks/node/folderPath';
import { type Checkpoint, checkpointOf, checkpointParts } from '../checkpoint';
import { decodeManifest, isManifest, MANIFEST, MODEL, OPTIMIZER, type SavedConfig } from '../manifest';
import { isLeftover, readWeights, writeCheckpointFiles } from './checkpointFiles';
import { inTurn } from './inTurn';
import { isWriterClaim } from './writerLock';

const folderPath = (folder: unknown): string => checkFolderPath('checkpoint folder', folder);

const readIfThere = (path: string): Promise<Uint8Array | undefined> =>
  readFile(path).catch((error: unknown) => {
    if (errorCode(error) === 'ENOENT' || errorCode(error) === 'ENOTDIR') return undefined;
    throw new SteadyformerError(`'${path}' cannot be read (${errorCode(error)})`);
  });

/** Throws where a folder is not for checkpoints: it holds something, but no checkpoint of ours. */
const checkFolder = async (path: string, folder: string): Promise<void> => {
  const refusal = `no checkpoint can be saved to '${folder}'`;
  const names = await namesIn(path, refusal);
  const manifest = names.includes(MANIFEST) ? await readIfThere(join(path, MANIFEST)) : undefined;
  const strange = names.filter((name) => !isLeftover(name));
  if (manifest ? isManifest(manifest) : strange.length === 0) return;
  throw new SteadyformerError(
    `${refusal}: it holds other things (${shown(strange)}) and no checkpoint. ` +
      'Name a new or empty folder.',
  );
};

const shown = (names: readonly string[]): string =>
  names.length > 3 ? `${names.slice(0, 3).join(', ')} and ${names.length - 3} more` : names.join(', ');

/**
 * Writes a checkpoint as a folder: checkpoint.json, model.safetensors and, with `training`, optimizer.safetensors.
 * Whatever happens meanwhile, a whole one can be read, the old or the new: what is new is written under other names,
 * and replacing checkpoint.json, in one step, makes it the one that counts. Several savers, of this process or
 * others, go one after the other, in this process in the order of the calls. All other files in the folder stay. The
 * checkpoint's arrays are read until it resolves; what `stateDict` and `Trainer.state` give is the caller's own.
 *
 * @throws SteadyformerError, with nothing changed, where the folder holds other things and no checkpoint, or another
 *   process writes to it for more than five minutes
 */
export const saveCheckpoint = async (folder: string, checkpoint: Checkpoint<SavedConfig>): Promise<void> => {
  const path = folderPath(folder);
  const parts = checkpointParts(checkpoint);
  await inTurn(path, async () => {
    await checkFolder(path, folder);
    await writeCheckpointFiles(path, parts).catch((error: unknown) => {
      // What says that a file cannot be written says not what became of the others.
      const inner = error instanceof SteadyformerError ? error.cause : error;
      if (error instanceof SteadyformerError && !(inner instanceof Error && 'syscall' in inner)) throw error;
      const full = errorCode(inner) === 'ENOSPC' ? writeReason(inner) : undefined;
      const why = full ?? (error instanceof Error ? error.message : String(error));
      throw new SteadyformerError(
        `the checkpoint could not be saved to '${folder}' (${why}); the one that was there is as it was.`,
        { cause: error },
      );
    });
  });
};

/** As earlier releases left the older one where they were stopped between two renames. */
const previous = (path: string): string => `${path}.previous`;
const ATTEMPTS = 100;

/**
 * Reads a checkpoint folder, also while another process writes to it: then the one before or the one after.
 *
 * @throws SteadyformerError where it is missing or damaged
 */
export const loadCheckpoint = async (folder: string): Promise<Checkpoint> => {
  const path = folderPath(folder);
  for (let attempt = 1; ; attempt++) {
    const { at, manifest } = await readManifest(path, folder);
    try {
      return await readCheckpoint(at, manifest);
    } catch (error) {
      if (attempt === ATTEMPTS || !(await isChanging(at, manifest))) throw ofFolder(error, folder);
      await new Promise((again) => setTimeout(again, 5));
    }
  }
};

/** An error about a checkpoint as one that names its folder. */
export const ofFolder = (error: unknown, folder: string): unknown =>
  error instanceof SteadyformerError && !error.message.includes(folder)
    ? new SteadyformerError(`'${folder}': ${error.message}`, { cause: error })
    : error;

/** What a manifest and the files that it vouches for make. */
const readCheckpoint = async (at: string, bytes: Uint8Array): Promise<Checkpoint> => {
  const manifest = await decodeManifest(bytes);
  const { training, checksums } = manifest;
  const read = (name: string): Promise<StateDict> => readWeights(at, name, checksums[name]!);
  return checkpointOf(manifest, await read(MODEL), training ? await read(OPTIMIZER) : {});
};

/** Whether files may have been replaced since their manifest was read; where nobody writes they are damaged. */
const isChanging = async (at: string, manifest: Uint8Array): Promise<boolean> => {
  if ((await readdir(at)).some(isWriterClaim)) return true;
  const now = await readIfThere(join(at, MANIFEST));
  return now === undefined || Buffer.compare(now, manifest) !== 0;
};

const readManifest = async (
  path: string,
  folder: string,
): Promise<{ readonly at: string; readonly manifest: Uint8Array }> => {
  for (const at of [path, previous(path)]) {
    const manifest = await readIfThere(join(at, MANIFEST));
    if (manifest) return { at, manifest };
  }
  throw new SteadyformerError(
    `no checkpoint in '${folder}': it holds no ${MANIFEST}. Name the folder that training saved to.`,
  );
};

/** What a folder's checkpoint says of itself, without its weights. */
export interface CheckpointSummary {
  /** Updates done when it was saved; undefined for a model that is for use only. */
  readonly updates: number | undefined;
}

/**
 * Looks whether a folder holds a checkpoint, before hours are spent on another for it.
 *
 * @returns undefined where the folder is missing or empty: one can be saved there
 * @throws SteadyformerError where it holds other things, or a damaged checkpoint
 */
export const inspectCheckpoint = async (folder: string): Promise<CheckpointSummary | undefined> => {
  const path = folderPath(folder);
  await checkFolder(path, folder);
  const manifest = await readIfThere(join(path, MANIFEST));
  if (!manifest) return undefined;
  return { updates: (await decodeManifest(manifest)).training?.updates };
};
