import { SteadyformerError } from '@steadyformer/core';
import { itemNamed } from '../items';
import { runCell } from './runCell';
import { readPlan } from './work';

// The process of one cell: `child.ts FOLDER KEY`. It ends with the process that began it.

process.on('disconnect', () => process.exit(1));

const [folder, key] = process.argv.slice(2) as [string, string];
try {
  const plan = await readPlan(folder);
  const item = itemNamed(plan.item);
  const size = item.presets[plan.preset];
  const cell = item.cells(size, plan.seeds).find((each) => each.key === key);
  if (!cell) throw new SteadyformerError(`cell: received '${key}', which ${item.name} has not`);
  await runCell(item, plan, cell, folder, (line) => process.stderr.write(`${line}\n`));
  process.exit(0);
} catch (error) {
  const text =
    error instanceof SteadyformerError ? error.message : error instanceof Error ? error.stack : error;
  process.stderr.write(`${text}\n`);
  process.exit(1);
}
