import { randomBytes } from 'node:crypto';
import { readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { SteadyformerError } from '@steadyformer/core';

/**
 * One writer at a time in a folder, across processes and machines. Who wants in makes a file whose name says who it
 * is, and is in where it then finds no other's. Names are never used twice, so what a dead process left can be
 * deleted by anyone at any time.
 */
const CLAIM = /^checkpoint\.lock\.(\d+)\.(\d+)\.[0-9a-f]{16}\.(.+)$/u;
const HOST = hostname().replaceAll(/[^\w.-]/gu, '_') || 'unknown';
/** A claim of another machine, whose processes cannot be asked, is given up when it has not been renewed for so long. */
const ABANDONED_MS = 10 * 60_000;
const RENEWED_MS = 30_000;

export const isClaim = (name: string): boolean => CLAIM.test(name);

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** State, and start in ticks, where the system says: a number may belong to another process later. */
const statusOf = async (pid: number): Promise<{ readonly state: string; readonly start: string }> => {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return { state: fields[0] ?? '', start: fields[19] ?? '0' };
};

const runs = async (pid: number, start: string): Promise<boolean> => {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
  const now = await statusOf(pid);
  // A killed process that its parent has not asked for yet is a zombie.
  if (now.state === 'Z' || now.state === 'X') return false;
  return start === '0' || now.start === start;
};

/** Whether the writer behind a claim may still be at work. */
const isAlive = async (folder: string, name: string): Promise<boolean> => {
  const [, pid = '', start = '', host = ''] = CLAIM.exec(name) ?? [];
  if (host === HOST) return runs(Number(pid), start);
  const renewed = await stat(join(folder, name)).then(
    ({ mtimeMs }) => mtimeMs,
    () => 0,
  );
  return Date.now() - renewed < ABANDONED_MS;
};

/** The claims of others that are at work; what dead ones left is deleted. */
const others = async (folder: string, own: string): Promise<string[]> => {
  const alive: string[] = [];
  for (const name of await readdir(folder)) {
    if (name === own || !isClaim(name)) continue;
    if (await isAlive(folder, name)) alive.push(name);
    else await rm(join(folder, name), { force: true });
  }
  return alive;
};

const givenUpAt = new Map<string, number>();

/**
 * Runs `work` while no other writer is in the folder.
 *
 * @param patience milliseconds to wait for another writer
 * @throws SteadyformerError where another writer is in it for longer, and whatever `work` throws
 */
export const withFolderLock = async <Result>(
  folder: string,
  work: () => Promise<Result>,
  patience = 300_000,
): Promise<Result> => {
  const { start } = await statusOf(process.pid);
  const own = `checkpoint.lock.${process.pid}.${start}.${randomBytes(8).toString('hex')}.${HOST}`;
  const path = join(folder, own);
  const until = Date.now() + patience;
  // Who was in it a moment ago lets those who wait go first.
  if (Date.now() - (givenUpAt.get(folder) ?? 0) < 100) await pause(2 + 8 * Math.random());
  for (;;) {
    let found = await others(folder, own);
    if (found.length === 0) {
      await writeFile(path, '', { flag: 'wx' });
      found = await others(folder, own);
      if (found.length === 0) break;
      await rm(path, { force: true });
    }
    if (Date.now() > until) throw busy(folder, found[0]!, patience);
    await pause(2 + 20 * Math.random());
  }
  const renewal = setInterval(() => {
    const now = new Date();
    utimes(path, now, now).catch(() => {});
  }, RENEWED_MS);
  renewal.unref();
  try {
    return await work();
  } finally {
    clearInterval(renewal);
    await rm(path, { force: true });
    givenUpAt.set(folder, Date.now());
  }
};

const busy = (folder: string, claim: string, patience: number): SteadyformerError => {
  const [, pid, , host] = CLAIM.exec(claim) ?? [];
  return new SteadyformerError(
    `'${folder}' has been written to by process ${pid} on ${host} for more than ${Math.round(patience / 1000)} s. ` +
      `Wait for it; where it is gone, delete ${claim} in that folder.`,
  );
};
