import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach } from 'vitest';
import { main } from '../src/main/main';

/** A new folder for every test of the file, gone after it. */
export const freshFolder = (name: string): (() => string) => {
  let folder = '';
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), `${name}-`));
  });
  afterEach(() => rm(folder, { recursive: true }));
  return () => folder;
};

export interface Said {
  readonly code: number;
  readonly out: string;
  readonly error: string;
}

/** What `steadyformer` says to arguments, run in this process. */
export const steadyformer = (...args: string[]): Promise<Said> => fed([], ...args);

/** The same, with pieces of standard input. */
export const fed = async (pieces: readonly Uint8Array[], ...args: string[]): Promise<Said> => {
  let [out, error] = ['', ''];
  async function* input(): AsyncGenerator<Uint8Array> {
    yield* pieces;
  }
  const code = await main(args, {
    input: input(),
    out: (text) => {
      out += text;
    },
    error: (text) => {
      error += text;
    },
  });
  return { code, out, error };
};

/** What `steadyformer analyse` says. */
export const analyse = (...args: string[]): Promise<Said> => steadyformer('analyse', ...args);
