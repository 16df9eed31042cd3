import { parseArgs } from 'node:util';

/** What the command line asks for. */
export interface Arguments {
  readonly suite: string;
  /** Rounds in which every competitor is timed once. */
  readonly repeats: number;
  /** Small sizes and few rounds: to see that everything runs, not to measure. */
  readonly quick: boolean;
  /** Only competitors, groups or cases whose name contains one of these; empty for all. */
  readonly only: readonly string[];
  /** Seconds of one case after which a competitor sits out the remaining rounds. */
  readonly budget: number;
  /** The residual method of the models: 'postLN' or 'admin'. */
  readonly method: Method;
  /** The folder of the corpus that suites on real text train on; without, the one that comes with the project. */
  readonly data?: string;
  /** A checkpoint that the decode suite translates with; without, weights are random. */
  readonly model?: string;
}

export const METHODS = ['postLN', 'admin'] as const;
export type Method = (typeof METHODS)[number];

export const USAGE = `npm run bench -- SUITE [options]

  --repeats N     rounds; every competitor is timed once a round (default 7, quick 2)
  --only A,B      only competitors, groups or cases whose name contains A or B (case does not matter)
  --budget S      a competitor that has used S seconds of a case sits out its other rounds (default 90, quick 20; decode 600, train-corpus and train-loop 1800)
  --method M      residual method of the models: ${METHODS.join(', ')} (default postLN)
  --data F        folder of the corpus of train-corpus and train-loop: train.en, train.de, valid.en, valid.de or
                  val.en, val.de, gzipped or not (default corpora/libreoffice-help-en-de)
  --model F       checkpoint that decode translates with (default random weights), its sentences those of --data
  --quick         tiny sizes: shows that everything runs, measures nothing`;

const OPTIONS = {
  repeats: { type: 'string' },
  only: { type: 'string' },
  budget: { type: 'string' },
  method: { type: 'string' },
  data: { type: 'string' },
  model: { type: 'string' },
  quick: { type: 'boolean' },
} as const;

const positive = (name: string, text: string, whole: boolean): number => {
  const value = Number(text);
  if (value > 0 && Number.isFinite(value) && (!whole || Number.isInteger(value))) return value;
  throw new Error(`--${name}: received '${text}', allowed ${whole ? 'whole ' : ''}numbers above 0`);
};

/**
 * Reads the command line.
 *
 * @param budgets default budgets of suites that have one of their own
 * @throws Error on anything unknown, naming what is allowed.
 */
export const parseArguments = (
  args: readonly string[],
  suites: readonly string[],
  budgets: Readonly<Record<string, number>> = {},
): Arguments => {
  const { values, positionals } = parseArgs({
    args: [...args],
    options: OPTIONS,
    allowPositionals: true,
    strict: true,
  });
  const [suite, ...extra] = positionals;
  if (suite === undefined || extra.length > 0 || !suites.includes(suite)) {
    const received = positionals.length === 0 ? 'nothing' : `'${positionals.join(' ')}'`;
    throw new Error(`suite: received ${received}, allowed one of ${suites.join(', ')}`);
  }
  const { quick = false, method = 'postLN', data, model } = values;
  if (!METHODS.some((known) => known === method)) {
    throw new Error(`--method: received '${method}', allowed ${METHODS.join(', ')}`);
  }
  return {
    suite,
    quick,
    method: method as Method,
    repeats: values.repeats === undefined ? (quick ? 2 : 7) : positive('repeats', values.repeats, true),
    budget:
      values.budget === undefined
        ? (budgets[suite] ?? (quick ? 20 : 90))
        : positive('budget', values.budget, false),
    ...(data === undefined ? {} : { data }),
    ...(model === undefined ? {} : { model }),
    only: (values.only ?? '')
      .split(',')
      .map((part) => part.trim().toLowerCase())
      .filter((part) => part !== ''),
  };
};

/** Whether a name is asked for. */
export const wanted = (only: readonly string[], ...names: readonly string[]): boolean =>
  only.length === 0 || only.some((part) => names.some((name) => name.toLowerCase().includes(part)));
