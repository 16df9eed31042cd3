import { existsSync } from 'node:fs';
import { readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { SteadyformerError } from '@steadyformer/core';
import { errorCode } from '../../checks/node/errorCode';
import { MANIFEST, MODEL, OPTIMIZER } from '../manifest';
import { isLeftover } from './checkpointFiles';

const NAME = /^update-(\d{8,})$/u;
/** A folder gets this at its end in one step, and is then deleted file by file. */
const REMOVED = '.removed';

export const folderName = (updates: number): string => `update-${String(updates).padStart(8, '0')}`;

const updatesOf = (name: string): number | undefined => {
  const updates = Number(NAME.exec(name)?.[1]);
  return Number.isSafeInteger(updates) && folderName(updates) === name ? updates : undefined;
};

const entriesOf = async (root: string): Promise<{ readonly name: string; isDirectory(): boolean }[]> => {
  try {
    return await readdir(root, { withFileTypes: true });
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return [];
    throw new SteadyformerError(`no checkpoints can be read from '${root}' (${errorCode(error)})`, {
      cause: error,
    });
  }
};

/** The updates that folders are named by, in order, whatever is in them. */
export const namedUpdates = async (root: string): Promise<number[]> => {
  const numbers = (await entriesOf(root)).flatMap((entry) =>
    entry.isDirectory() ? (updatesOf(entry.name) ?? []) : [],
  );
  return numbers.sort((a, b) => a - b);
};

/** Whether a folder holds a checkpoint, or what a stopped save left of one, and nothing else. */
const isOurs = (names: readonly string[]): boolean =>
  names.includes(MANIFEST)
    ? names.every((name) => [MANIFEST, MODEL, OPTIMIZER].includes(name) || isLeftover(name))
    : names.every(isLeftover);

/** Deletes a checkpoint's folder, unless something else is in it. Stopped halfway, it is no checkpoint any more. */
export const removeFolder = async (path: string): Promise<boolean> => {
  if (!isOurs(await readdir(path))) return false;
  await rm(`${path}${REMOVED}`, { recursive: true, force: true });
  await rename(path, `${path}${REMOVED}`);
  await rm(`${path}${REMOVED}`, { recursive: true, force: true });
  return true;
};

/** Gives a folder another name, so that its own is free; a file is none, and keeps it. */
export const setAside = async (path: string): Promise<void> => {
  const isFolder = await stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
  if (!isFolder) return;
  for (let n = 1; ; n++) {
    const other = `${path}.damaged${n === 1 ? '' : `-${n}`}`;
    if (!existsSync(other)) return rename(path, other).catch(() => {});
  }
};

/** Deletes what a process left that was stopped while it deleted. */
export const clearRemoved = async (root: string): Promise<void> => {
  for (const { name } of await entriesOf(root)) {
    if (!name.endsWith(REMOVED) || updatesOf(name.slice(0, -REMOVED.length)) === undefined) continue;
    await rm(join(root, name), { recursive: true, force: true });
  }
};
