import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type StateDict, SteadyformerError } from '@steadyformer/core';
import { readSafetensors, syncFolder, writeFileAtomic, writeSafetensors } from '@steadyformer/core/node';
import type { CheckpointParts } from '../checkpoint';
import { decodeManifest, encodeManifest, MANIFEST, MODEL, OPTIMIZER } from '../manifest';
import { isWriterClaim, withWriterLock } from './writerLock';

const HEX = '[0-9a-f]{16}';
const WAITING = new RegExp(`^(?:${MODEL}|${OPTIMIZER})\\.${HEX}$`, 'u');
const PARTIAL = new RegExp(`^(?:${MANIFEST}|${MODEL}|${OPTIMIZER})(?:\\.${HEX})?\\.${HEX}\\.partial$`, 'u');

/** The name a new file has until the manifest that vouches for it is in place. */
export const waitingName = (name: string, checksum: string): string => `${name}.${checksum.slice(0, 16)}`;

/** Whether a file is what a writer leaves that is stopped before its first manifest is in place. */
export const isLeftover = (name: string): boolean =>
  WAITING.test(name) || PARTIAL.test(name) || isWriterClaim(name);

type Checksums = Readonly<Record<string, string>>;

/** What the folder's manifest vouches for; undefined where there is none, or a damaged one. */
const checksumsIn = async (folder: string): Promise<Checksums | undefined> => {
  const manifest = await readFile(join(folder, MANIFEST)).catch(() => undefined);
  return manifest && (await decodeManifest(manifest).catch(() => undefined))?.checksums;
};

/** Deletes what writers left that were stopped: files that no manifest vouches for. */
const clear = async (folder: string, kept: Checksums = {}): Promise<void> => {
  const wanted = new Set(Object.entries(kept).map(([name, sum]) => waitingName(name, sum)));
  for (const name of await readdir(folder)) {
    if (PARTIAL.test(name) || (WAITING.test(name) && !wanted.has(name))) {
      await rm(join(folder, name), { force: true });
    }
  }
};

/** Gives files that wait under another name the name they are to have; what the manifest does not name goes. */
const settle = async (folder: string, checksums: Checksums): Promise<void> => {
  const names = new Set(await readdir(folder));
  for (const name of [MODEL, OPTIMIZER]) {
    const sum = checksums[name];
    if (sum === undefined) await rm(join(folder, name), { force: true });
    else if (names.has(waitingName(name, sum))) {
      await rename(join(folder, waitingName(name, sum)), join(folder, name));
    }
  }
  await syncFolder(folder);
};

/** Makes a checkpoint the one in a folder, which is made where it is missing. */
export const writeCheckpointFiles = async (folder: string, parts: CheckpointParts): Promise<void> => {
  const made = await mkdir(folder, { recursive: true });
  try {
    await withWriterLock(folder, () => replaceFiles(folder, parts));
  } catch (error) {
    // Deletes the folder only where nothing is in it.
    if (made !== undefined) await rmdir(folder).catch(() => {});
    throw error;
  }
};

const replaceFiles = async (folder: string, { weights, said }: CheckpointParts): Promise<void> => {
  const old = await checksumsIn(folder);
  if (old) await settle(folder, old);
  await clear(folder, old);
  const checksums: Record<string, string> = {};
  try {
    for (const { name, tensors, metadata } of weights) {
      const unnamed = join(folder, waitingName(name, randomBytes(8).toString('hex')));
      const { sha256 } = await writeSafetensors(unnamed, tensors, metadata);
      await rename(unnamed, join(folder, waitingName(name, sha256)));
      checksums[name] = sha256;
    }
    await syncFolder(folder);
    await writeFileAtomic(join(folder, MANIFEST), await encodeManifest({ ...said, checksums }));
  } catch (error) {
    await clear(folder, old).catch(() => {});
    throw error;
  }
  await settle(folder, checksums);
};

/**
 * Reads one of the weights' files, under whichever of its names it has.
 *
 * @throws SteadyformerError where it is missing or not the one with this checksum
 */
export const readWeights = async (folder: string, name: string, checksum: string): Promise<StateDict> => {
  for (const each of [waitingName(name, checksum), name]) {
    const path = join(folder, each);
    if (!existsSync(path)) continue;
    try {
      return (await readSafetensors(path, { sha256: checksum })).tensors;
    } catch (error) {
      // It may have got its other name between the two lines above.
      if (each !== name && !existsSync(path)) continue;
      const why = error instanceof Error ? error.message : String(error);
      throw new SteadyformerError(`checkpoint: ${name} is damaged (${why}); use another copy`, {
        cause: error,
      });
    }
  }
  throw new SteadyformerError(`checkpoint: ${name} is missing; copy the whole folder`);
};
