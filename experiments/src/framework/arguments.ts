import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { SteadyformerError } from '@steadyformer/core';
import { PRESETS, type Preset } from './item';

export interface Arguments {
  readonly name: string;
  readonly preset: Preset;
  /** How many seeds; by default the item's. */
  readonly seeds?: number;
  readonly resume: boolean;
  readonly dryRun: boolean;
  readonly force: boolean;
  readonly redraw: boolean;
  readonly parallel: number;
  /** Cells whose names hold it; of the others an item that keeps earlier points has those. Default all. */
  readonly only?: string;
}

/** `--table`: the table of README.md alone. */
export type Asked = Arguments | 'table';

export const USAGE = `npm run experiment -- NAME [options]
npm run experiment -- --table      writes the table of experiments/README.md anew, from the results

  --preset P     small (default; fits two cores), paper (the paper's sizes), minute (shows that it runs)
  --seeds N      seeds 1 to N (default: the item's own, 3 or more where a claim is about training)
  --resume       goes on with what a run that was ended left
  --parallel N   so many cells side by side (default: half of the processors)
  --only TEXT    cells whose names hold TEXT, beside what an earlier result has (items that keep it)
  --dry-run      says what would run, and checks it; runs nothing
  --redraw       verdict and figure anew, from the points of the result
  --force        begins anew over cells that are left; with --resume or --redraw: takes what another version left`;

const whole = (name: string, text: string): number => {
  const value = Number(text);
  if (Number.isInteger(value) && value > 0) return value;
  throw new SteadyformerError(`--${name}: received '${text}', allowed whole numbers above 0`);
};

/** @throws SteadyformerError on what is unknown, naming what is allowed */
export const parseArguments = (args: readonly string[], names: readonly string[]): Asked => {
  const { values, positionals } = parse(args);
  if (values.table) {
    if (args.length > 1) throw new SteadyformerError('--table: allowed alone');
    return 'table';
  }
  const [name, ...others] = positionals;
  const shown = name === undefined ? 'none' : `'${positionals.join(' ')}'`;
  if (name === undefined || others.length > 0 || !names.includes(name)) {
    throw new SteadyformerError(`item: received ${shown}, allowed one of ${names.join(', ')}`);
  }
  const preset = PRESETS.find((each) => each === values.preset);
  if (!preset) {
    throw new SteadyformerError(`--preset: received '${values.preset}', allowed ${PRESETS.join(', ')}`);
  }
  return {
    name,
    preset,
    ...(values.seeds === undefined ? {} : { seeds: whole('seeds', values.seeds) }),
    resume: values.resume,
    ...(values.only === undefined ? {} : { only: values.only }),
    dryRun: values['dry-run'],
    force: values.force,
    redraw: values.redraw,
    parallel:
      values.parallel === undefined
        ? Math.max(1, Math.floor(availableParallelism() / 2))
        : whole('parallel', values.parallel),
  };
};

const parse = (args: readonly string[]) => {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        preset: { type: 'string', default: 'small' },
        seeds: { type: 'string' },
        resume: { type: 'boolean', default: false },
        only: { type: 'string' },
        'dry-run': { type: 'boolean', default: false },
        force: { type: 'boolean', default: false },
        redraw: { type: 'boolean', default: false },
        parallel: { type: 'string' },
        table: { type: 'boolean', default: false },
      },
    });
  } catch (error) {
    throw new SteadyformerError(error instanceof Error ? error.message : String(error));
  }
};
