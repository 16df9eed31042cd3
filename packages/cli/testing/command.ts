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
export const steadyformer = async (...args: string[]): Promise<Said> => {
  let [out, error] = ['', ''];
  const code = await main(args, {
    out: (text) => {
      out += text;
    },
    error: (text) => {
      error += text;
    },
  });
  return { code, out, error };
};

/** The same of `steadyformer analyse`. */
export const analyse = (...args: string[]): Promise<Said> => steadyformer('analyse', ...args);
