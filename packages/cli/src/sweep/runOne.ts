import { join } from 'node:path';
import { SteadyformerError } from '@steadyformer/core';
import {
  isFirst,
  onAll,
  type Ranks,
  type RunEvent,
  type TrainResult,
  train,
} from '@steadyformer/translate/node';
import { readSweepResult, resultOf, type SweepResult, writeSweepResult } from './result';
import { readRunConfig, type Sweep, type SweepRun } from './sweepFile';

export interface RunOneOptions {
  readonly signal: AbortSignal;
  readonly onEvent: (event: RunEvent) => void;
  /** Those that make the run together. */
  readonly ranks?: Ranks;
}

/** What came of a run: its result, and whether it was there before; none where it was stopped. */
export interface RunOutcome {
  readonly result?: SweepResult;
  readonly before: boolean;
  readonly stopped?: TrainResult;
}

/** @throws SteadyformerError where there is no such run */
export const runAt = ({ runs }: Sweep, index: number, variable?: string): SweepRun => {
  const run = runs[index];
  if (run) return run;
  const received =
    variable === undefined ? `--index: received ${index}` : `${variable}: received run ${index}`;
  throw new SteadyformerError(`${received}, allowed whole numbers from 0 to ${runs.length - 1}`);
};

/** Makes one run of a sweep, or goes on with it; one that has a result is not made again. */
export const runOne = async (
  folder: string,
  run: SweepRun,
  { signal, onEvent, ranks }: RunOneOptions,
): Promise<RunOutcome> => {
  const there = await onAll(ranks, () => readSweepResult(folder, run));
  if (there) {
    await ranks?.finalize();
    return { result: there, before: true };
  }
  const { config, digest } = await onAll(ranks, () => readRunConfig(folder, run));
  // The folder of the sweep may have been moved.
  const given = { ...config, output: join(folder, run.name) };
  const trained = await train(given, { signal, onEvent, ...(ranks ? { ranks } : {}) });
  if (trained.ending === 'stopped') return { before: false, stopped: trained };
  if (!isFirst(ranks)) return { before: false };
  const result = await resultOf(trained, run, digest);
  await writeSweepResult(folder, run, result);
  return { result, before: false };
};
