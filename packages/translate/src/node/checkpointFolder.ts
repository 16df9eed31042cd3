import { existsSync } from 'node:fs';
import { mkdir, open, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { SteadyformerError } from '@steadyformer/core';
import { type Checkpoint, decodeCheckpoint, encodeCheckpoint, MANIFEST } from '../checkpoint/checkpoint';

/** The folder a checkpoint has while a newer one takes its place. */
const previous = (folder: string): string => `${folder}.previous`;

/**
 * Writes a checkpoint as a folder. Whatever happens meanwhile, a whole one can be read: the new one is written
 * beside the old one and takes its name by renaming.
 */
export const saveCheckpoint = async (folder: string, checkpoint: Checkpoint): Promise<void> => {
  const partial = `${folder}.partial`;
  await rm(partial, { recursive: true, force: true });
  await mkdir(partial, { recursive: true });
  for (const [name, bytes] of Object.entries(await encodeCheckpoint(checkpoint))) {
    await writeDurably(join(partial, name), bytes);
  }
  if (existsSync(folder)) {
    await rm(previous(folder), { recursive: true, force: true });
    await rename(folder, previous(folder));
  }
  await mkdir(dirname(folder), { recursive: true });
  await rename(partial, folder);
  await rm(previous(folder), { recursive: true, force: true });
};

const writeDurably = async (path: string, bytes: Uint8Array): Promise<void> => {
  await writeFile(path, bytes);
  const file = await open(path, 'r+');
  await file.sync();
  await file.close();
};

/** Reads a checkpoint folder. Throws where it is missing or damaged. */
export const loadCheckpoint = async (folder: string): Promise<Checkpoint> => {
  const from = [folder, previous(folder)].find((name) => existsSync(join(name, MANIFEST)));
  if (!from) {
    throw new SteadyformerError(
      `no checkpoint in '${folder}': it holds no ${MANIFEST}. Name the folder that training saved to.`,
    );
  }
  const names = await readdir(from);
  const files = await Promise.all(
    names.map(async (name) => [name, new Uint8Array(await readFile(join(from, name)))] as const),
  );
  return decodeCheckpoint(Object.fromEntries(files));
};
