import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SteadyformerError } from '@steadyformer/core';
import type { GivenConfig } from '@steadyformer/translate/node';
import { main, type Streams } from 'steadyformer';
import * as v from 'valibot';
import { readJson, writeJson } from './work';

/** Models that an item trains: what `steadyformer sweep plan` makes of a config and a grid. */
export interface Training {
  /** As `steadyformer train` reads it, without output. */
  readonly config: Omit<GivenConfig, 'output'>;
  /** Keys of the config with their values; `seed` among them for several seeds. */
  readonly grid: Readonly<Record<string, readonly unknown[]>>;
}

const number = v.nullable(v.number());
const collected = v.object({
  runs: v.array(
    v.object({
      name: v.string(),
      values: v.record(v.string(), v.unknown()),
      result: v.nullable(
        v.object({
          ending: v.picklist(['done', 'early', 'diverged']),
          updates: v.number(),
          bestUpdate: number,
          loss: number,
          perplexity: number,
          bleu: number,
          test: v.nullable(v.object({ perplexity: number, bleu: number, chrF: number })),
          model: v.nullable(v.string()),
          seconds: v.number(),
        }),
      ),
    }),
  ),
});

/** What came of one run of a sweep. */
export type TrainedResult = NonNullable<v.InferOutput<typeof collected>['runs'][number]['result']>;

/** One run of a sweep at its end. */
export interface TrainedRun {
  /** What the grid gave it, by key. */
  readonly values: Readonly<Record<string, unknown>>;
  /** Its folder: `log.jsonl`, `checkpoints`, `model`. */
  readonly folder: string;
  readonly result: TrainedResult;
}

/** The program in the form that this process runs it, source or built. */
const program = (): string =>
  fileURLToPath(new URL('../../../packages/cli/src/bin/steadyformer.ts', import.meta.url));

interface Said {
  readonly out: string;
}

const steadyformer = async (args: readonly string[], log: (line: string) => void): Promise<Said> => {
  let out = '';
  let last = '';
  const told = (text: string): void => {
    if (text.trim() !== '') log(`  ${text.trimEnd()}`);
  };
  const streams: Streams = {
    out: (text) => {
      out += text;
      told(text);
    },
    error: (text) => {
      last = text.trim() || last;
      told(text);
    },
  };
  const code = await main(args, streams, program());
  if (code === 0) return { out };
  throw new SteadyformerError(`steadyformer ${args.slice(0, 2).join(' ')}: ${last.replace(/^error: /u, '')}`);
};

/** Plans the sweep of a training in a folder and checks every config; one that is there stays. Returns its runs' count. */
export const planTraining = async (folder: string, { config, grid }: Training): Promise<number> => {
  const there = await readJson(join(folder, 'sweep.json'), v.object({ runs: v.array(v.unknown()) }));
  if (there) return there.runs.length;
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const base = `${folder}.config.json`;
  await writeJson(base, { ...config, output: folder });
  const axes = Object.entries(grid).map(([key, values]) => `${key}=${inYaml(values)}`);
  const args = ['sweep', 'plan', base, '--out', folder, ...axes.flatMap((axis) => ['--grid', axis])];
  await steadyformer(args, () => {});
  return Object.values(grid).reduce((product, values) => product * values.length, 1);
};

/** Values of a key of the grid as `--grid` reads them: JSON is YAML. */
const inYaml = (values: readonly unknown[]): string => values.map((value) => JSON.stringify(value)).join(',');

export interface RunTrainingOptions {
  readonly parallel: number;
  /** In this process, one after the other: for tests. */
  readonly here?: boolean;
  readonly log: (line: string) => void;
}

/** Makes all runs that are left, each in a process of its own, and says what came of all. Goes on after a kill. */
export const runTraining = async (
  folder: string,
  training: Training,
  { parallel, here = false, log }: RunTrainingOptions,
): Promise<readonly TrainedRun[]> => {
  const count = await planTraining(folder, training);
  if (here) {
    for (let i = 0; i < count; i++) {
      await steadyformer(['sweep', 'run', folder, '--index', String(i), '--quiet'], log);
    }
  } else {
    await steadyformer(['sweep', 'run', folder, '--all', '--parallel', String(parallel)], log);
  }
  return trainedRuns(folder);
};

/** @throws SteadyformerError where a run has no result yet */
export const trainedRuns = async (folder: string): Promise<readonly TrainedRun[]> => {
  const { out } = await steadyformer(['sweep', 'collect', folder, '--format', 'json'], () => {});
  const { runs } = v.parse(collected, JSON.parse(out));
  return runs.map(({ name, values, result }) => {
    if (result) return { values, folder: join(folder, name), result };
    throw new SteadyformerError(`run ${name} of ${folder} has no result; --resume makes it`);
  });
};
