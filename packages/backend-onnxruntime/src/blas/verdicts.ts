import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { cpus, homedir, release } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { getEnvironmentData, setEnvironmentData, threadId } from 'node:worker_threads';
import { version } from '../../package.json';
import type { Ratios } from './probe';
import { FORMS } from './product';

/** Threads get what their parent has under this name. The number is that of its form. */
const NAME = '@steadyformer/backend-onnxruntime products 1';

type Environment = Readonly<Record<string, string | undefined>>;

/** `STEADYFORMER_CACHE`, else `steadyformer` in the user's cache folder. */
export const cacheFolder = (environment: Environment = process.env): string => {
  const { STEADYFORMER_CACHE: own, XDG_CACHE_HOME: shared = '' } = environment;
  return join(
    own || join(isAbsolute(shared) ? shared : join(homedir(), '.cache'), 'steadyformer'),
    'products',
  );
};

/** All that a measurement holds for, as one text: another file, machine, library or release is measured anew. */
export const verdictKey = (path: string, runtime: string, threads: number): string => {
  const { size = 0, mtimeMs = 0 } = statSync(path, { throwIfNoEntry: false }) ?? {};
  const processor = cpus()[0]?.model ?? '';
  return JSON.stringify({ path, size, mtimeMs, runtime, threads, processor, system: release(), version });
};

const isRatios = (value: unknown): value is Ratios =>
  typeof value === 'object' &&
  value !== null &&
  FORMS.every((form) => {
    const ratio: unknown = (value as Record<string, unknown>)[form];
    return typeof ratio === 'number' && Number.isFinite(ratio) && ratio > 0;
  });

/** What was measured before, by key: in memory for threads that this one starts, and in files for other programs. */
export class Verdicts {
  constructor(private readonly folder: string = cacheFolder()) {}

  private file(key: string): string {
    return join(this.folder, `${createHash('sha256').update(key).digest('hex').slice(0, 16)}.json`);
  }

  private inherited(): Readonly<Record<string, unknown>> {
    const value: unknown = getEnvironmentData(NAME);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  }

  /** What was measured; undefined where nothing was, or what the file says cannot be meant. */
  get(key: string): Ratios | undefined {
    const known = this.inherited()[key];
    if (isRatios(known)) return known;
    try {
      const text = readFileSync(this.file(key), 'utf8');
      const { key: whose, ratios } = JSON.parse(text) as {
        readonly key?: unknown;
        readonly ratios?: unknown;
      };
      if (whose !== key || !isRatios(ratios)) return undefined;
      this.bequeath(key, ratios);
      return ratios;
    } catch {
      return undefined;
    }
  }

  private bequeath(key: string, ratios: Ratios): void {
    setEnvironmentData(NAME, { ...this.inherited(), [key]: ratios } as never);
  }

  /** Keeps a measurement. Where the folder cannot be written, only this process knows it. */
  put(key: string, ratios: Ratios): void {
    this.bequeath(key, ratios);
    try {
      mkdirSync(this.folder, { recursive: true });
      const file = this.file(key);
      const part = `${file}.${process.pid}-${threadId}`;
      writeFileSync(part, `${JSON.stringify({ key, ratios })}\n`);
      renameSync(part, file);
    } catch {
      // Measured again by the next program.
    }
  }
}
