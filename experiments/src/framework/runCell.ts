import { join } from 'node:path';
import { selectBackend } from '@steadyformer/core';
import { corpus } from './corpora';
import type { Cell, Item } from './item';
import { trainedRuns } from './training';
import { type Finished, ownFolder, type Plan, writeCell } from './work';

/** Folder of the sweep of an item's training. */
export const sweepFolder = (folder: string): string => join(folder, 'sweep');

/** Runs one cell in this process and keeps what it gives. */
export const runCell = async (
  item: Item,
  { preset }: Pick<Plan, 'preset'>,
  cell: Cell,
  folder: string,
  log: (line: string) => void,
): Promise<Finished> => {
  const { name: backend } = await selectBackend();
  const from = performance.now();
  const points = await item.run(cell, {
    size: item.presets[preset],
    corpus,
    runs: item.training ? await trainedRuns(sweepFolder(folder)) : [],
    folder: await ownFolder(folder, cell.key),
    log,
  });
  const seconds = (performance.now() - from) / 1000;
  const finished: Finished = { key: cell.key, points: [...points], backend, seconds };
  await writeCell(folder, finished);
  return finished;
};
