import { readSweepResult } from './result';
import type { Sweep } from './sweepFile';

/** Indices of the runs that have no result, in order. */
export const indicesLeft = async (folder: string, { runs }: Sweep): Promise<number[]> => {
  const left: number[] = [];
  for (const [index, run] of runs.entries()) if (!(await readSweepResult(folder, run))) left.push(index);
  return left;
};

/** Indices in ascending order as array jobs take them: 0-3,7. */
export const rangesOf = (indices: readonly number[]): string => {
  const ranges: [first: number, last: number][] = [];
  for (const index of indices) {
    const range = ranges.at(-1);
    if (range?.[1] === index - 1) range[1] = index;
    else ranges.push([index, index]);
  }
  return ranges.map(([first, last]) => (first === last ? String(first) : `${first}-${last}`)).join(',');
};
