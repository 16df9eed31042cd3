import { basename, resolve } from 'node:path';
import { SteadyformerError } from '@steadyformer/core';

/** A sweep as a job is written for it. */
export interface SweepJob {
  /** As it was typed, from the folder that the sweep was planned in. */
  readonly folder: string;
  /** All runs of the sweep. */
  readonly runs: number;
  /** Indices of those without a result, ascending; at least one. */
  readonly left: readonly number[];
  /** Cores of a run. */
  readonly cpus: number;
  /** Runs at a time; as many as the scheduler likes where it is absent. */
  readonly parallel?: number;
}

/** @throws SteadyformerError where every run has a result */
export const checkLeft = (folder: string, left: readonly number[]): void => {
  if (left.length > 0) return;
  throw new SteadyformerError(
    `${folder}: every run has a result, and there is nothing to make a job for; see them with \`steadyformer sweep collect\``,
  );
};

/** Names of Kubernetes, of whose jobs the pods' names end in an index, have at most so many characters. */
const LONGEST = 50;

/** A name that every scheduler takes: lower-case letters, digits and hyphens, a letter first. */
export const jobName = (folder: string): string => {
  const name = basename(resolve(folder))
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/gu, '-')
    .replaceAll(/^[-0-9]+|-+$/gu, '')
    .slice(0, LONGEST)
    .replace(/-+$/u, '');
  return name === '' ? 'sweep' : name;
};

/** A word as a shell reads it. */
export const quoted = (word: string): string =>
  /^[\w@%+=:,./-]+$/u.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;

/** The exit code that asks a scheduler to run a task again: EX_TEMPFAIL of sysexits.h. */
export const AGAIN = 75;

/**
 * The command as a scheduler calls it, which asks the process that it started to stop: npx would keep that for itself, and the
 * run would be killed with its state not saved.
 */
export const PROGRAM = 'node_modules/.bin/steadyformer';
