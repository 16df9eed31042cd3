import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { SteadyformerError } from '@steadyformer/core';
import { writeFileAtomic } from '@steadyformer/core/node';
import { readJsonLinesLog, type TrainResult } from '@steadyformer/translate/node';
import * as v from 'valibot';
import { parseJson } from '../input/parseJson';
import { readText } from '../input/readText';
import { readRunConfig, type SweepRun } from './sweepFile';

/** What came of a run that came to its end. */
export interface SweepResult {
  readonly format: 'steadyformer-sweep-result';
  readonly version: 1;
  readonly values: Readonly<Record<string, unknown>>;
  /** SHA-256 of the config that it is of. */
  readonly config: string;
  readonly ending: 'done' | 'early' | 'diverged';
  readonly updates: number;
  /** Of the validation with the smallest loss: its update, loss a token and perplexity. */
  readonly bestUpdate: number | null;
  readonly loss: number | null;
  readonly perplexity: number | null;
  /** The best of all validations. */
  readonly bleu: number | null;
  /** Of the model that the run ended with. */
  readonly test: {
    readonly perplexity: number | null;
    readonly bleu: number | null;
    readonly chrF: number | null;
  } | null;
  readonly model: string | null;
  /** Of all processes. */
  readonly seconds: number;
}

const number = v.nullable(v.number());
const schema: v.GenericSchema<SweepResult> = v.object({
  format: v.literal('steadyformer-sweep-result'),
  version: v.literal(1),
  values: v.record(v.string(), v.unknown()),
  config: v.string(),
  ending: v.picklist(['done', 'early', 'diverged']),
  updates: v.number(),
  bestUpdate: number,
  loss: number,
  perplexity: number,
  bleu: number,
  test: v.nullable(v.object({ perplexity: number, bleu: number, chrF: number })),
  model: v.nullable(v.string()),
  seconds: v.number(),
});

const pathOf = (folder: string, { name }: SweepRun): string => join(folder, `${name}.result.json`);

/**
 * The result of a run; undefined where there is none yet.
 *
 * @throws SteadyformerError where it is damaged, or of another config than the run's
 */
export const readSweepResult = async (folder: string, run: SweepRun): Promise<SweepResult | undefined> => {
  const path = pathOf(folder, run);
  const there = await stat(path).then(
    () => true,
    (error: NodeJS.ErrnoException) => error.code !== 'ENOENT',
  );
  if (!there) return undefined;
  const parsed = v.safeParse(schema, parseJson(await readText(path), path));
  if (!parsed.success)
    throw new SteadyformerError(`${path}: no result of a sweep's run; delete it to run again`);
  const { digest } = await readRunConfig(folder, run);
  if (parsed.output.config === digest) return parsed.output;
  throw new SteadyformerError(
    `${path}: the result of another config than ${run.name}.json; delete both it and the folder ${run.name} to run again`,
  );
};

interface Validation {
  readonly update: number;
  readonly loss: number;
  readonly perplexity: number;
  readonly bleu?: number;
}

const finite = (value: unknown): number | null => (Number.isFinite(value) ? (value as number) : null);

/** The result of a run that came to its end, by its log. */
export const resultOf = async (
  { ending, folder, update, model, test }: TrainResult,
  { values }: SweepRun,
  config: string,
): Promise<SweepResult> => {
  const validations: Validation[] = [];
  let seconds = 0;
  for await (const record of readJsonLinesLog(join(folder, 'log.jsonl'))) {
    if (record.event === 'validation') validations.push(record as unknown as Validation);
    if (record.event === 'end') seconds += Number(record.seconds);
  }
  const [best] = validations
    .filter(({ loss }) => Number.isFinite(loss))
    .sort((a, b) => a.loss - b.loss || a.update - b.update);
  const bleus = validations.flatMap(({ bleu }) => (bleu === undefined ? [] : [bleu]));
  return {
    format: 'steadyformer-sweep-result',
    version: 1,
    values,
    config,
    ending: ending as SweepResult['ending'],
    updates: update,
    bestUpdate: best?.update ?? null,
    loss: best?.loss ?? null,
    perplexity: finite(best?.perplexity),
    bleu: bleus.length > 0 ? Math.max(...bleus) : null,
    test: test
      ? { perplexity: finite(test.perplexity), bleu: finite(test.bleu), chrF: finite(test.chrF) }
      : null,
    model: model ?? null,
    seconds,
  };
};

export const writeSweepResult = (folder: string, run: SweepRun, result: SweepResult): Promise<void> =>
  writeFileAtomic(pathOf(folder, run), `${JSON.stringify(result, null, 2)}\n`);
