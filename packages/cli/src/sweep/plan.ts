import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { SteadyformerError } from '@steadyformer/core';
import { type GivenConfig, runConfig } from '@steadyformer/translate/node';
import { loadConfig } from '../config/loadConfig';
import { type Setting, withSettings } from '../config/settings';
import { writeNewFile } from '../output/newOutput';
import { checkGrid, combinations, parseAxis } from './grid';
import { runName, type Sweep } from './sweepFile';

export interface PlanOptions {
  readonly grid: readonly string[];
  readonly set: readonly string[];
}

/** Files of a sweep by name, sweep.json last. */
export interface PlannedSweep {
  readonly sweep: Sweep;
  readonly files: readonly (readonly [name: string, text: string])[];
}

const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;

/**
 * The runs of a grid, each with its whole config, checked.
 *
 * @throws SteadyformerError on a grid or config that is not as it should be, naming the run
 */
export const planSweep = async (
  path: string,
  folder: string,
  { grid, set }: PlanOptions,
): Promise<PlannedSweep> => {
  const axes = grid.map(parseAxis);
  checkGrid(axes);
  const base = await loadConfig(path, { set });
  const configs: (readonly [string, string])[] = [];
  const runs = combinations(axes).map((settings, index) => {
    const name = runName(index);
    configs.push([`${name}.json`, json(configOf(base, settings, join(folder, name)))]);
    return { name, values: Object.fromEntries(settings.map(({ path: at, value }) => [at.join('.'), value])) };
  });
  const sweep: Sweep = {
    format: 'steadyformer-sweep',
    version: 1,
    config: path,
    grid: Object.fromEntries(axes.map(({ key, values }) => [key, values])),
    runs,
  };
  return { sweep, files: [...configs, ['sweep.json', json(sweep)]] };
};

const configOf = (base: GivenConfig, settings: readonly Setting[], output: string): object => {
  const shown = settings.map(({ text }) => text).join(' ');
  try {
    return runConfig({ ...withSettings(base, settings), output });
  } catch (error) {
    if (!(error instanceof SteadyformerError)) throw error;
    const why = error.message.replace(/^config(?:\.|: )/u, '').replace(/^--set /u, '');
    throw new SteadyformerError(`--grid ${shown}: ${why}`, { cause: error });
  }
};

/** Writes a planned sweep. */
export const writePlan = async (folder: string, { files }: PlannedSweep): Promise<void> => {
  await mkdir(folder, { recursive: true });
  for (const [name, text] of files) await writeNewFile(join(folder, name), text);
};
