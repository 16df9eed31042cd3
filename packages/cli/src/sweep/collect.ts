import { readSweepResult, type SweepResult } from './result';
import type { Sweep, SweepRun } from './sweepFile';

/** A run with what came of it; null while it has no result. */
export interface CollectedRun extends SweepRun {
  readonly result: SweepResult | null;
}

/** A quantity over several seeds. */
export interface Mean {
  readonly mean: number;
  /** Standard deviation of a sample (n - 1); null of one run. */
  readonly deviation: number | null;
  readonly runs: number;
}

/** Runs that differ in their seed alone. */
export interface CollectedGroup {
  readonly values: Readonly<Record<string, unknown>>;
  /** All that are planned, those that came to a good end, and those that diverged. */
  readonly planned: number;
  readonly ended: number;
  readonly diverged: number;
  /** Over those that came to a good end; null where none has it. */
  readonly loss: Mean | null;
  readonly perplexity: Mean | null;
  readonly bleu: Mean | null;
  readonly testBleu: Mean | null;
}

export interface Collected {
  /** Keys of the grid. */
  readonly keys: readonly string[];
  readonly runs: readonly CollectedRun[];
  /** Null where the seed is none of the grid's keys. */
  readonly means: readonly CollectedGroup[] | null;
}

const SEED = 'seed';

const meanOf = (values: readonly (number | null | undefined)[]): Mean | null => {
  const known = values.filter((value): value is number => typeof value === 'number');
  const runs = known.length;
  if (runs === 0) return null;
  const mean = known.reduce((sum, value) => sum + value, 0) / runs;
  const squares = known.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, deviation: runs > 1 ? Math.sqrt(squares / (runs - 1)) : null, runs };
};

const groupsOf = (runs: readonly CollectedRun[]): CollectedGroup[] => {
  const groups = new Map<string, CollectedRun[]>();
  for (const run of runs) {
    const { [SEED]: _, ...others } = run.values;
    const key = JSON.stringify(others);
    groups.set(key, [...(groups.get(key) ?? []), run]);
  }
  return [...groups].map(([key, members]) => {
    const results = members.flatMap(({ result }) => (result ? [result] : []));
    const good = results.filter(({ ending }) => ending !== 'diverged');
    return {
      values: JSON.parse(key),
      planned: members.length,
      ended: good.length,
      diverged: results.length - good.length,
      loss: meanOf(good.map(({ loss }) => loss)),
      perplexity: meanOf(good.map(({ perplexity }) => perplexity)),
      bleu: meanOf(good.map(({ bleu }) => bleu)),
      testBleu: meanOf(good.map(({ test }) => test?.bleu)),
    };
  });
};

/** What came of the runs of a sweep so far. */
export const collect = async (folder: string, { grid, runs }: Sweep): Promise<Collected> => {
  const collected: CollectedRun[] = [];
  for (const run of runs) collected.push({ ...run, result: (await readSweepResult(folder, run)) ?? null });
  return {
    keys: Object.keys(grid),
    runs: collected,
    means: Object.hasOwn(grid, SEED) ? groupsOf(collected) : null,
  };
};
