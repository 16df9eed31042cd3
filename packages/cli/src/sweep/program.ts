import { SteadyformerError } from '@steadyformer/core';
import { isLaunched } from '@steadyformer/mpi';
import type { Ranks } from '@steadyformer/translate/node';
import { type Command, Option } from 'commander';
import { checkNewFolder } from '../output/newOutput';
import { row, type Screen, screenOn } from '../output/screen';
import { format } from '../output/table';
import { uninterrupted } from '../output/uninterrupted';
import { explainUnknown } from '../program/command';
import type { CommandLine } from '../program/commandLine';
import { collected, fromZero, positiveWhole, setOption } from '../program/values';
import { asRank } from '../train/asRank';
import { screenOfFirst } from '../train/screenOfFirst';
import { stoppable } from '../train/stoppable';
import { teller } from '../train/tell';
import { arrayIndex } from './arrayIndex';
import { collect } from './collect';
import { collectText, FORMATS, type Format } from './collectText';
import { AGAIN } from './jobs/job';
import { addJob } from './jobs/program';
import { indicesLeft, rangesOf } from './left';
import { planSweep, writePlan } from './plan';
import type { SweepResult } from './result';
import { runAll, type SweepEvent } from './runAll';
import { type RunOutcome, runAt, runOne } from './runOne';
import { supervised } from './supervised';
import { readSweep, type SweepRun } from './sweepFile';

interface PlanCommand {
  readonly grid: readonly string[];
  readonly set: readonly string[];
  readonly out: string;
  readonly force?: boolean;
}

interface RunCommand {
  readonly index?: number;
  readonly all?: boolean;
  readonly parallel?: number;
  readonly quiet?: boolean;
  readonly supervised?: boolean;
}

/** Adds `steadyformer sweep` with its commands. */
export const addSweep = (root: Command, line: CommandLine): Command => {
  const group = root.command('sweep').description('Train the same with several settings, and compare.');
  addPlan(group, line);
  addRun(group, line);
  addLeft(group, line);
  addJob(group, line);
  addCollect(group, line);
  return explainUnknown(group);
};

const addPlan = (group: Command, { streams }: CommandLine): void => {
  group
    .command('plan')
    .description('write a config for every combination of settings')
    .argument('<config>', 'YAML or JSON, as `steadyformer init` writes it')
    .option(
      '-g, --grid <key=values>',
      'a key of the config and its values, separated by commas, such as seed=1,2,3; may be repeated',
      collected,
      [],
    )
    .addOption(setOption('set a key for all runs, such as training.updates=500'))
    .requiredOption('-o, --out <folder>', 'the folder of the sweep')
    .option('--force', 'write to a folder that is not empty')
    .action(async (config: string, options: PlanCommand) => {
      const { out } = options;
      await checkNewFolder(out, options);
      const planned = await planSweep(config, out, options);
      await uninterrupted(() => writePlan(out, planned));
      const last = planned.sweep.runs.length - 1;
      streams.out(
        `${row('planned', `${last + 1} runs in ${out}, 0 to ${last}`)}\nNext: steadyformer sweep run ${out} --all\n`,
      );
    });
};

const addRun = (group: Command, line: CommandLine): void => {
  group
    .command('run')
    .description('make one run of a sweep, or all that are left; stopped, it goes on where it was')
    .argument('<folder>', 'the folder of the sweep')
    .option('--index <i>', 'the run, from 0 (default: the one that an array job is at)', fromZero)
    .option('--all', 'all that have no result, each in a process of its own')
    .option('--parallel <n>', 'so many at a time (default: 1)', positiveWhole)
    .option('-q, --quiet', 'say warnings only')
    .addOption(new Option('--supervised').hideHelp())
    .action(async (folder: string, options: RunCommand) => {
      const { all = false, parallel } = options;
      if (parallel !== undefined && !all)
        throw new SteadyformerError('--parallel: has an effect with --all only');
      if (!all) return asRank(line, (ranks) => one(folder, chosenRun(options), options, line, ranks));
      if (options.index !== undefined)
        throw new SteadyformerError(`sweep run: received --index and --all, ${ONE_OF}`);
      if (isLaunched()) {
        throw new SteadyformerError(
          'sweep run --all: received several ranks, allowed one process; leave mpirun or srun away, or name one run with --index',
        );
      }
      return every(folder, options, line);
    });
};

const ONE_OF = 'allowed one of --index I, for one run, and --all';

/** The run that was named; else that of the array job, whose scheduler makes again what was stopped. */
const chosenRun = ({ index }: RunCommand): ChosenRun => {
  if (index !== undefined) return { index };
  const given = arrayIndex(process.env);
  if (!given)
    throw new SteadyformerError(`sweep run: received neither, ${ONE_OF}; or a task of an array job`);
  return given;
};

/** Which run it is, and the variable that says so where none was named. */
interface ChosenRun {
  readonly index: number;
  readonly variable?: string;
}

const settings = ({ values }: SweepRun): string =>
  Object.entries(values)
    .map(([key, value]) => `${key} ${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join(', ');

const ending = ({ ending: how, updates, loss, perplexity, bleu }: SweepResult): string =>
  [
    `${how} after update ${updates}`,
    ...(loss === null ? [] : [`loss ${format(loss)}`]),
    ...(perplexity === null ? [] : [`perplexity ${format(perplexity)}`]),
    ...(bleu === null ? [] : [`BLEU ${format(bleu)}`]),
  ].join(', ');

const one = async (
  folder: string,
  { index, variable }: ChosenRun,
  { quiet = false, supervised: child = false }: RunCommand,
  { streams, exitWith }: CommandLine,
  ranks: Ranks | undefined,
): Promise<void> => {
  const run = runAt(await readSweep(folder), index, variable);
  const screen = screenOfFirst(ranks, streams, quiet);
  const tell = teller(screen);
  const joined = ranks ? { ranks } : {};
  screen.line(row('run', `${run.name}: ${settings(run)}`));
  const work = (signal: AbortSignal): Promise<RunOutcome> =>
    child
      ? supervised(signal, (either, progress) =>
          runOne(folder, run, {
            ...{ signal: either, ...joined },
            onEvent: (event) => {
              tell(event);
              if (event.event === 'update') progress({ update: event.update, updates: event.updates });
            },
          }),
        )
      : runOne(folder, run, { signal, onEvent: tell, ...joined });
  try {
    const { result, before, stopped } = await stoppable(work, () =>
      screen.line(row('stopping', 'after this update, and saving; a second time ends it at once')),
    );
    if (stopped) {
      screen.line(row('stopped', `after update ${stopped.update}; the same command goes on from there`));
      if (variable !== undefined) exitWith(AGAIN);
    }
    if (result) screen.line(row(before ? 'was there' : 'result', ending(result)));
  } finally {
    screen.close();
  }
};

const every = async (
  folder: string,
  { parallel = 1, quiet = false }: RunCommand,
  { streams, program, exitWith }: CommandLine,
): Promise<void> => {
  const sweep = await readSweep(folder);
  const screen = screenOn(streams, quiet);
  const counts = { done: 0, left: sweep.runs.length };
  const onEvent = sweepTeller(screen, counts);
  try {
    const code = await stoppable(
      (signal) => runAll(folder, sweep, { program: program(), parallel, signal, onEvent }),
      () => screen.line(row('stopping', 'after the updates at work, and saving')),
    );
    const { done, left } = counts;
    screen.line(row('sweep', `${done} of ${sweep.runs.length} runs have a result`));
    if (left > 0) screen.line(row('', 'the same command goes on with the others'));
    else screen.line(`Next: steadyformer sweep collect ${folder}`);
    if (code !== 0) exitWith(code);
  } finally {
    screen.close();
  }
};

const sweepTeller = (
  screen: Screen,
  counts: { done: number; left: number },
): ((event: SweepEvent) => void) => {
  const tell: {
    readonly [Name in SweepEvent['event']]: (event: Extract<SweepEvent, { readonly event: Name }>) => void;
  } = {
    progress: ({ running }) => {
      const at = [...running].map(
        ([{ name }, now]) => `${name} ${now ? `${now.update}/${now.updates}` : 'begins'}`,
      );
      screen.live(row('running', at.join('  ')));
    },
    begun: ({ run }) => screen.line(row('begun', `${run.name}: ${settings(run)}`)),
    stopped: ({ run }) => screen.line(row('stopped', `${run.name}: its state is saved`)),
    failed: ({ run, reason }) => screen.warn(`error: run ${run.name}: ${reason}`),
    ended: ({ run, result, before }) => {
      counts.done++;
      counts.left--;
      screen.line(row(before ? 'was there' : 'ended', `${run.name}: ${ending(result)}`));
    },
  };
  return (event) => (tell[event.event] as (event: SweepEvent) => void)(event);
};

const addLeft = (group: Command, { streams }: CommandLine): void => {
  group
    .command('left')
    .description('print the runs that have no result, as array jobs take them: 0-3,7')
    .argument('<folder>', 'the folder of the sweep')
    .option('--lines', 'an index a line')
    .action(async (folder: string, { lines = false }: { readonly lines?: boolean }) => {
      const left = await indicesLeft(folder, await readSweep(folder));
      if (left.length > 0) streams.out(`${lines ? left.join('\n') : rangesOf(left)}\n`);
    });
};

const addCollect = (group: Command, { streams }: CommandLine): void => {
  group
    .command('collect')
    .description('make a table of the results, with means over seeds where the grid has some')
    .argument('<folder>', 'the folder of the sweep')
    .addOption(new Option('--format <format>', 'how to print it').choices(FORMATS).default('text'))
    .option('--mean', 'means over seeds alone')
    .action(
      async (
        folder: string,
        { format: as, mean = false }: { readonly format: Format; readonly mean?: boolean },
      ) => {
        streams.out(collectText(await collect(folder, await readSweep(folder)), as, mean));
      },
    );
};
