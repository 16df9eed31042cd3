import { basename } from 'node:path';
import { curvesFigure } from '@steadyformer/analysis';
import { SteadyformerError } from '@steadyformer/core';
import { readValidations, type ValidationEvent } from '@steadyformer/translate/node';
import type { CommandResult } from '../output/outputFiles';
import { type Cell, table } from '../output/table';

export type Metric = 'perplexity' | 'loss' | 'bleu';

/** A run's validations under the name it is shown by. */
export interface Curve {
  readonly name: string;
  readonly folder: string;
  readonly validations: readonly ValidationEvent[];
}

const LABELS: Readonly<Record<Metric, string>> = {
  perplexity: 'Validation perplexity',
  loss: 'Validation loss, nats a token',
  bleu: 'Validation BLEU',
};

/** Folders by their last names, or whole where those are the same. */
const namesOf = (folders: readonly string[]): readonly string[] => {
  const short = folders.map((folder) => basename(folder));
  return new Set(short).size === folders.length ? short : folders;
};

/** @throws SteadyformerError where a folder holds no run, or one without a validation that has the metric */
export const readCurves = async (folders: readonly string[], metric: Metric): Promise<Curve[]> => {
  const names = namesOf(folders);
  if (new Set(names).size < names.length) {
    throw new SteadyformerError(`compare: a run is named twice, of ${folders.join(', ')}. Name each once.`);
  }
  return Promise.all(
    folders.map(async (folder, i) => {
      const validations = (await readValidations(folder)).filter((each) => each[metric] !== undefined);
      if (validations.length > 0) return { name: names[i]!, folder, validations };
      throw new SteadyformerError(
        `'${folder}' holds no validation with ${metric}${metric === 'bleu' ? '. Set validation.bleu to true' : ''}.`,
      );
    }),
  );
};

const isBetter = (metric: Metric, one: number, other: number): boolean =>
  metric === 'bleu' ? one >= other : one <= other;

interface Best {
  readonly update: number;
  readonly value: number;
}

const bestOf = ({ validations }: Curve, metric: Metric): Best =>
  validations
    .map((each) => ({ update: each.update, value: each[metric]! }))
    .reduce((best, each) => (isBetter(metric, best.value, each.value) ? best : each));

/** The first update at which a run is as good as a value; undefined where it never is. */
const reaches = ({ validations }: Curve, metric: Metric, value: number): number | undefined =>
  validations.find((each) => isBetter(metric, each[metric]!, value))?.update;

/**
 * Runs side by side: the best value of each, and how many updates it took to be as good as the first one's best.
 */
export const compareCurves = (curves: readonly Curve[], metric: Metric): CommandResult => {
  const [first] = curves as readonly [Curve, ...Curve[]];
  const target = bestOf(first, metric);
  const headers = ['run', `best ${metric}`, 'at update', 'last', `updates to ${first.name}'s best`];
  const rows = curves.map((curve): readonly Cell[] => {
    const { update, value } = bestOf(curve, metric);
    const last = curve.validations.at(-1)![metric]!;
    return [curve.name, value, update, last, reaches(curve, metric, target.value) ?? 'never'];
  });
  const points = Object.fromEntries(
    curves.map(({ name, validations }) => [
      name,
      validations.map((each) => ({ update: each.update, value: each[metric]! })),
    ]),
  );
  return {
    text: table(headers, rows),
    headers,
    rows,
    json: { metric, runs: curves.map(({ name, folder, validations }) => ({ name, folder, validations })) },
    figure: curvesFigure(points, {
      title: 'Validation while training',
      label: LABELS[metric],
      logarithmic: metric === 'perplexity',
    }),
  };
};
