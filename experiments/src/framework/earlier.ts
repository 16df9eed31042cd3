import type { Cell, Item, Preset } from './item';
import { type Result, readResult } from './results';
import { type Plan, readCell, writeCell } from './work';

/** What was taken over from an earlier result. */
export interface Earlier {
  readonly commit: string;
  /** Of the cells taken over. */
  readonly seconds: number;
}

interface KeepOptions {
  readonly preset: Preset;
  readonly size: unknown;
  /** Where results lie. */
  readonly results: string;
  /** Begins anew: nothing is kept. */
  readonly force: boolean;
  readonly log: (line: string) => void;
}

/** The earlier result, of whatever sizes; none where its points are of another version of the item. */
const earlierResult = async (
  item: Item,
  { preset, results, log }: KeepOptions,
): Promise<Result | undefined> => {
  try {
    const result = await readResult(item, preset, { folder: results, force: true });
    return result?.version === item.version ? result : undefined;
  } catch (error) {
    log(`the earlier result cannot be read, so all is measured: ${(error as Error).message}`);
    return undefined;
  }
};

/** Writes down the cells that an earlier result still holds the points of; undefined where there are none. */
export const keepEarlier = async (
  item: Item,
  folder: string,
  cells: readonly Cell[],
  options: KeepOptions,
): Promise<Earlier | undefined> => {
  if (!item.kept || options.force) return undefined;
  const result = await earlierResult(item, options);
  if (!result) return undefined;
  let seconds = 0;
  let count = 0;
  for (const cell of cells) {
    if (await readCell(folder, cell.key)) continue;
    const kept = item.kept(cell, options.size, result.points);
    if (!kept) continue;
    seconds += kept.seconds;
    count++;
    await writeCell(folder, {
      key: cell.key,
      points: [...kept.points],
      backend: result.backend,
      seconds: kept.seconds,
    });
  }
  if (count === 0) return undefined;
  options.log(`${count} of ${cells.length} cells are those of the earlier result`);
  return { commit: result.provenance.commit, seconds };
};

/** A plan whose result says where its cells come from. */
export const withEarlier = (
  { provenance, seconds }: Plan,
  earlier: Earlier,
): Pick<Plan, 'provenance' | 'seconds'> => {
  const commits = new Set([...earlier.commit.split(', '), ...provenance.commit.split(', ')]);
  return {
    seconds: seconds + earlier.seconds,
    provenance: { ...provenance, commit: [...commits].join(', ') },
  };
};
