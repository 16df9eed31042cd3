import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { SteadyformerError } from '@steadyformer/core';
import type { GivenConfig } from '@steadyformer/translate/node';
import * as v from 'valibot';
import { parseJson } from '../input/parseJson';
import { readText } from '../input/readText';

/** One run of a sweep. */
export interface SweepRun {
  /** Of its config (NAME.json), its result (NAME.result.json) and its folder. */
  readonly name: string;
  /** What the grid gives it, by key. */
  readonly values: Readonly<Record<string, unknown>>;
}

/** What `plan` writes and all else reads. */
export interface Sweep {
  readonly format: 'steadyformer-sweep';
  readonly version: 1;
  /** The config it was planned from. */
  readonly config: string;
  /** Keys of the grid with their values. */
  readonly grid: Readonly<Record<string, readonly unknown[]>>;
  readonly runs: readonly SweepRun[];
}

export const SWEEP = 'sweep.json';

/** The name of a run by its index. */
export const runName = (index: number): string => String(index).padStart(4, '0');

const name = v.pipe(v.string(), v.regex(/^\d{4,}$/u));
const values = v.record(v.string(), v.unknown());
const sweep = v.object({
  format: v.literal('steadyformer-sweep'),
  version: v.literal(1),
  config: v.string(),
  grid: v.record(v.string(), v.array(v.unknown())),
  runs: v.pipe(v.array(v.object({ name, values })), v.minLength(1)),
});

/** @throws SteadyformerError where the folder holds no sweep */
export const readSweep = async (folder: string): Promise<Sweep> => {
  const path = join(folder, SWEEP);
  const next = 'Plan one with `steadyformer sweep plan`.';
  const text = await readText(path).catch((error: unknown) => {
    throw new SteadyformerError(`${error instanceof Error ? error.message : String(error)}. ${next}`);
  });
  const parsed = v.safeParse(sweep, parseJson(text, path));
  if (parsed.success) return parsed.output;
  throw new SteadyformerError(`${path}: no sweep of this version. ${next}`);
};

/** A run's config, and what tells whether it is the one that a result is of. */
export const readRunConfig = async (
  folder: string,
  { name: own }: SweepRun,
): Promise<{ readonly config: GivenConfig; readonly digest: string }> => {
  const path = join(folder, `${own}.json`);
  const text = await readText(path);
  const config = parseJson(text, path);
  const isConfig = typeof config === 'object' && config !== null && !Array.isArray(config);
  if (!isConfig) throw new SteadyformerError(`${path}: no config. Plan the sweep anew.`);
  return { config: config as GivenConfig, digest: digestOf(text) };
};

export const digestOf = (text: string): string => createHash('sha256').update(text).digest('hex');
