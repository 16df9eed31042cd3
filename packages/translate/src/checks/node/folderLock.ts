import { randomBytes } from 'node:crypto';
import { readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { runs, startOf } from './processes';

/**
 * One holder at a time of a folder's lock, across processes and machines. Who wants it makes a file whose name says
 * who it is, its claim, and has the lock where it then finds no other's. Names are never used twice, so what a dead
 * process left can be deleted by anyone at any time: no two can take over the same one.
 */
const CLAIM = /^\.(\d+)\.(\d+)\.[0-9a-f]{16}\.(.+)$/u;
const HOST = hostname().replaceAll(/[^\w.-]/gu, '_') || 'unknown';
/** A claim of another machine, whose processes cannot be asked, is given up when it has not been renewed for so long. */
const ABANDONED_MS = 10 * 60_000;
const RENEWED_MS = 30_000;

/** Who has a lock, or was about to. */
export interface Holder {
  readonly pid: number;
  readonly host: string;
  /** Where it holds the lock and said so: since when, as ISO 8601. */
  readonly since: string | undefined;
  /** The name of its file. */
  readonly claim: string;
}

export interface LockOptions {
  /** What the names of its files begin with. */
  readonly lock: string;
  /** Milliseconds to wait for others. */
  readonly patience: number;
  /**
   * Whether the holder says that it holds the lock, and others then give up at once instead of waiting for it. Needs
   * room for a few bytes; else the files are empty, and a full disk has room for them.
   */
  readonly announced: boolean;
  /** What others are told. */
  readonly refusal: (holder: Holder) => Error;
}

export interface FolderLock {
  /** Gives the lock back. A second call does nothing. */
  readonly release: () => Promise<void>;
}

const partsOf = (lock: string, name: string): RegExpExecArray | null =>
  name.startsWith(lock) ? CLAIM.exec(name.slice(lock.length)) : null;

/** Whether a file of this name is a claim to a lock. */
export const isClaim = (lock: string, name: string): boolean => partsOf(lock, name) !== null;

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Whether who made a claim may still be at work. */
const isAlive = async (path: string, pid: number, start: string, host: string): Promise<boolean> => {
  if (host === HOST) return runs(pid, start);
  const renewed = await stat(path).then(
    ({ mtimeMs }) => mtimeMs,
    () => 0,
  );
  return Date.now() - renewed < ABANDONED_MS;
};

/** Others that are at work and have a claim, or holders alone if there are any; what dead ones left is deleted. */
const others = async (folder: string, lock: string, own: string): Promise<Holder[]> => {
  const alive: Holder[] = [];
  for (const claim of await readdir(folder)) {
    const parts = claim === own ? null : partsOf(lock, claim);
    if (!parts) continue;
    const [, pid = '', start = '', host = ''] = parts;
    const path = join(folder, claim);
    if (await isAlive(path, Number(pid), start, host)) {
      const said = await readFile(path, 'utf8').catch(() => '');
      alive.push({ pid: Number(pid), host, since: said.trim().slice(0, 40) || undefined, claim });
    } else await rm(path, { force: true });
  }
  return [...alive].sort((a, b) => Number(b.since !== undefined) - Number(a.since !== undefined));
};

/** Makes a claim that no other stands against; gives its name. */
const win = async (folder: string, { lock, patience, announced, refusal }: LockOptions): Promise<string> => {
  const name = `${lock}.${process.pid}.${await startOf(process.pid)}.${randomBytes(8).toString('hex')}.${HOST}`;
  const until = Date.now() + patience;
  for (;;) {
    let found = await others(folder, lock, name);
    if (found.length === 0) {
      await writeFile(join(folder, name), '', { flag: 'wx' });
      found = await others(folder, lock, name);
      if (found.length === 0) return name;
      // Of several that claim it in the same moment all step back, each for another while.
      await rm(join(folder, name), { force: true });
    }
    const [first] = found as [Holder];
    if ((announced && first.since !== undefined) || Date.now() > until) throw refusal(first);
    await pause(2 + 20 * Math.random());
  }
};

/**
 * Takes the lock of a folder that is there.
 *
 * @throws what `refusal` gives where another has it, and what the file system throws
 */
export const takeFolderLock = async (folder: string, options: LockOptions): Promise<FolderLock> => {
  const path = join(folder, await win(folder, options));
  if (options.announced) {
    await writeFile(path, `${new Date().toISOString()}\n`).catch(async (error: unknown) => {
      await rm(path, { force: true });
      throw error;
    });
  }
  const renewal = setInterval(() => {
    const now = new Date();
    utimes(path, now, now).catch(() => {});
  }, RENEWED_MS);
  renewal.unref();
  return {
    release: async () => {
      clearInterval(renewal);
      await rm(path, { force: true });
    },
  };
};

const givenUpAt = new Map<string, number>();

/**
 * Runs `work` while no other has the folder's lock.
 *
 * @throws what `refusal` gives where another has it for longer than `patience`, and whatever `work` throws
 */
export const withFolderLock = async <Result>(
  folder: string,
  options: LockOptions,
  work: () => Promise<Result>,
): Promise<Result> => {
  // Who had it a moment ago lets those who wait go first.
  if (Date.now() - (givenUpAt.get(folder) ?? 0) < 100) await pause(2 + 8 * Math.random());
  const { release } = await takeFolderLock(folder, options);
  try {
    return await work();
  } finally {
    await release();
    givenUpAt.set(folder, Date.now());
  }
};
