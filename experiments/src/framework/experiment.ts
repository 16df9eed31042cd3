import { join } from 'node:path';
import { SteadyformerError } from '@steadyformer/core';
import type { Arguments } from './arguments';
import { corpus, missing } from './corpora';
import { keepEarlier, withEarlier } from './earlier';
import type { Item, Preset } from './item';
import { pool } from './pool';
import { provenanceNow } from './provenance';
import { type Result, readResult, resultOf, resultsFolder, stemOf, writeResult } from './results';
import { runCell, sweepFolder } from './runCell';
import { runTraining } from './training';
import { openWork, readCell, workRoot, writePlan } from './work';

export interface ExperimentOptions extends Omit<Arguments, 'name'> {
  readonly log: (line: string) => void;
  /** Where the work goes on. Default `runs/` of this workspace. */
  readonly work?: string;
  /** Where result and picture go. Default `results/`; what shows only that it runs stays with the work. */
  readonly results?: string;
  /** All in this process, one after the other: for tests. */
  readonly here?: boolean;
}

const commandOf = (item: Item, { preset, seeds }: Pick<Arguments, 'preset' | 'seeds'>): string =>
  [
    `npm run experiment -- ${item.name}`,
    ...(preset === 'small' ? [] : [`--preset ${preset}`]),
    ...(seeds === undefined ? [] : [`--seeds ${seeds}`]),
  ].join(' ');

const resultsOf = (preset: Preset, work: string): string => (preset === 'minute' ? work : resultsFolder);

const seedsOf = (item: Item, { preset, seeds }: Pick<Arguments, 'preset' | 'seeds'>): number[] =>
  Array.from({ length: seeds ?? item.seeds[preset] }, (_, i) => i + 1);

/** Runs an item to its result; undefined after a dry run. */
export const experiment = async (item: Item, options: ExperimentOptions): Promise<Result | undefined> => {
  const { preset, log, redraw, work = workRoot } = options;
  const results = options.results ?? resultsOf(preset, work);
  if (redraw) return redrawn(item, options, results);
  if (options.only !== undefined && !item.kept) {
    throw new SteadyformerError(`--only: ${item.name} measures all of its cells together; leave it out`);
  }
  const size = item.presets[preset];
  const seeds = seedsOf(item, options);
  const cells = item.cells(size, seeds);
  const absent = (item.corpora?.(size) ?? []).flatMap((name) => missing(name) ?? []);
  if (options.dryRun) {
    for (const line of dry(item, options, seeds)) log(line);
    for (const line of absent) log(`missing    ${line}`);
    return undefined;
  }
  if (absent.length > 0) throw new SteadyformerError(absent.join('\n'));
  const folder = join(work, stemOf(item.name, preset));
  const from = performance.now();
  let plan = await openWork(folder, { ...options, item, seeds, provenance: provenanceNow() });
  const seconds = (): number => plan.seconds + (performance.now() - from) / 1000;
  const parallel = item.alone ? 1 : options.parallel;
  const keep = (done = false): Promise<void> => writePlan(folder, { ...plan, seconds: seconds(), done });
  // --resume may have taken cells of another commit: the plan says what now runs.
  await keep();
  log(`${item.name}: ${item.paper}, preset ${preset}, ${cells.length} cells, seeds ${seeds.join(', ')}`);
  if (item.training) {
    const training = item.training(size, seeds, corpus);
    const { here = false } = options;
    await runTraining(sweepFolder(folder), training, { parallel, here, log });
    await keep();
  }
  const earlier = await keepEarlier(item, folder, cells, { ...options, size, results });
  if (earlier) plan = { ...plan, ...withEarlier(plan, earlier) };
  const left = [];
  const { only = '' } = options;
  for (const cell of cells) {
    if (cell.key.includes(only) && !(await readCell(folder, cell.key))) left.push(cell);
  }
  if (left.length < cells.length) log(`${cells.length - left.length} cells were done before`);
  let done = cells.length - left.length;
  const onDone = async ({ key }: { readonly key: string }): Promise<void> => {
    await keep();
    log(`${++done}/${cells.length} ${key}, after ${Math.round(seconds())} s`);
  };
  if (options.here) {
    for (const cell of left) {
      await runCell(item, plan, cell, folder, log);
      await onDone(cell);
    }
  } else await pool(folder, left, { parallel, onDone });
  const finished = (await Promise.all(cells.map(({ key }) => readCell(folder, key)))).flatMap(
    (cell) => cell ?? [],
  );
  const result = await resultOf(item, {
    preset,
    size: size as Record<string, unknown>,
    seeds,
    command: commandOf(item, options),
    provenance: plan.provenance,
    backend: [...new Set(finished.map(({ backend }) => backend))].join(', '),
    date: plan.date,
    seconds: Math.round(seconds()),
    points: finished.flatMap(({ points }) => points),
  });
  tell(result, await writeResult(item, result, results), log);
  await keep(true);
  return result;
};

const tell = ({ verdict }: Result, files: readonly string[], log: (line: string) => void): void => {
  for (const { claim, word, found } of verdict.claims) log(`${word.padEnd(12)}${claim}: ${found}`);
  log(`verdict: ${verdict.word}`);
  log(`written: ${files.join(' and ')}`);
};

/** Verdict and picture anew from the points of a result. */
const redrawn = async (
  item: Item,
  { preset, force, log }: ExperimentOptions,
  results: string,
): Promise<Result> => {
  const before = await readResult(item, preset, { folder: results, force });
  if (!before) {
    throw new SteadyformerError(
      `--redraw: ${item.name} has no result of preset ${preset} yet. Make it: ${commandOf(item, { preset })}`,
    );
  }
  const { format: _, version: __, item: ___, verdict: ____, ...rest } = before;
  const result = await resultOf(item, rest);
  tell(result, await writeResult(item, result, results), log);
  return result;
};

/** What would run. */
const dry = (item: Item, { preset, parallel }: ExperimentOptions, seeds: readonly number[]): string[] => {
  const size = item.presets[preset];
  const cells = item.cells(size, seeds);
  return [
    `item       ${item.name}: ${item.paper}`,
    `preset     ${preset}: ${JSON.stringify(size)}`,
    `seeds      ${seeds.join(', ')}`,
    ...(item.training ? [`training   ${trainingText(item, size, seeds)}`] : []),
    `cells      ${cells.length}, ${item.alone ? 1 : parallel} at a time: ${cells.map(({ key }) => key).join(' ')}`,
  ];
};

const trainingText = (item: Item, size: unknown, seeds: readonly number[]): string =>
  Object.entries(item.training!(size, seeds, corpus).grid)
    .map(([key, values]) => `${key}=${values.map((value) => JSON.stringify(value)).join(',')}`)
    .join(' x ');
