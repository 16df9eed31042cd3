import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach } from 'vitest';
import type { ExperimentOptions } from '../src/framework/experiment';

/** Runs of a toy item, each test's in a folder of its own. */
export interface ToyRuns {
  /** The folder of the test that runs. */
  readonly folder: string;
  /** What its cells put here; empty at the start of every test. */
  readonly ran: string[];
  /** Options of a run in the folder, and nothing said. */
  options(more?: Partial<ExperimentOptions>): ExperimentOptions;
}

/** For all tests of the file that calls it. */
export const toyRuns = (): ToyRuns => {
  const ran: string[] = [];
  let folder = '';
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'experiments-'));
    ran.length = 0;
  });
  afterEach(() => rm(folder, { recursive: true }));
  return {
    get folder() {
      return folder;
    },
    ran,
    options: (more = {}) => ({
      preset: 'small',
      resume: false,
      dryRun: false,
      force: false,
      redraw: false,
      parallel: 1,
      log: () => {},
      work: join(folder, 'runs'),
      results: join(folder, 'results'),
      here: true,
      ...more,
    }),
  };
};
