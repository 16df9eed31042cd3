import { launchers } from '../../../packages/mpi/src/testing/launch';
import { wanted } from '../arguments';
import type { RanksOptions } from '../children/ranks';
import type { Competitor } from '../harness/competitor';
import { measure, type Outcome } from '../harness/measure';
import { absences, summarize } from '../harness/summary';
import { median } from '../statistics';
import { duration, type Table, withSpread } from '../table';
import { nodeChild } from './competitors';
import type { Suite } from './suite';
import { prepare, sizesOf, titleOf } from './trainStep';
import { STEP } from './trainTables';

const RANKS = 2;
const COPY = 'copy';
const WHOLE = ['allReduce', 'reduceScatter', 'allGather', 'broadcast'];
const CALLS = ['200 barriers', '200 sums of 5', '200 updates of a small model'];
const REPLICAS = `${RANKS} replicas in threads`;

/** As many ranks of one thread, by every launcher of this machine. */
const ranks = (program: string, options: RanksOptions): Competitor[] =>
  launchers().map(({ name, command, options: own, missing }) => ({
    name: `${name}: ${RANKS} ranks${options.meanwhile === false ? ', gradients sent afterwards' : ''}`,
    program: command,
    args: [...own, '-n', String(RANKS), process.execPath, program, JSON.stringify(options)],
    env: { STEADYFORMER_THREADS: '1' },
    ...(missing === undefined ? {} : { skip: missing }),
  }));

/** Large arrays: bytes a second, beside a copy of the same array in the same process. */
const largeRows = (outcomes: readonly Outcome[], numbers: number): string[][] =>
  outcomes.flatMap(({ name, samples }) => {
    const copy = samples[COPY];
    if (!copy) return [];
    return [COPY, ...WHOLE].flatMap((call) => {
      const own = samples[call];
      if (!own) return [];
      const seconds = median(own);
      const rate = (4 * numbers) / seconds / 1e9;
      return [
        [
          name,
          call,
          duration(seconds),
          rate.toFixed(2),
          (median(copy) / seconds).toFixed(2),
          String(own.length),
        ],
      ];
    });
  });

const smallRows = (outcomes: readonly Outcome[]): string[][] =>
  outcomes.flatMap(({ name, samples }) =>
    CALLS.flatMap((call) => {
      const own = samples[call];
      if (!own) return [];
      const [count, ...what] = call.split(' ');
      return [
        [
          name,
          what.join(' '),
          duration(median(own) / Number(count)),
          duration(Math.min(...own) / Number(count)),
        ],
      ];
    }),
  );

/** What ranks cost: calls of `@steadyformer/mpi`, and a training step between them beside replicas in threads. */
export const ranksSuite: Suite = {
  name: 'ranks',
  about:
    'two ranks on one machine, by Open MPI and MPICH: calls beside a memory copy, a training step beside two threads',
  children: ['prepare', 'ranks', 'trainStep', 'replica'],
  run: async (context) => {
    const { args, log, start, program } = context;
    const numbers = args.quick ? 2 ** 16 : 48_000_000;
    const [size] = sizesOf(context);
    const { file: task, task: content } = prepare(size!, context);
    const team = (meanwhile: boolean): Competitor[] =>
      ranks(program('ranks'), { numbers, small: 40_000, task, meanwhile }).filter(({ name }) =>
        wanted(args.only, name),
      );
    const chosen = team(true);
    const calls = await measure(
      { title: 'ranks: calls', cases: [COPY, ...WHOLE, ...CALLS], competitors: chosen },
      { ...args, log },
      start,
    );
    const threads = nodeChild(REPLICAS, program('trainStep'), {
      ...{ task, backend: 'onnxruntime', fused: true, replicas: RANKS },
    });
    const steps = await measure(
      { title: 'ranks: training step', cases: [STEP], competitors: [threads, ...chosen, ...team(false)] },
      { ...args, log },
      start,
    );
    const tables: Table[] = [
      {
        title: `ranks: arrays of ${numbers} numbers`,
        columns: ['ranks', 'call', 'time', 'GB/s of the array', 'speed x a copy', 'rounds'],
        rows: largeRows(calls, numbers),
        notes: ['copy: of the array in every rank at once', ...absences(calls)],
      },
      {
        title: 'ranks: small calls',
        columns: ['ranks', 'call', 'time a call', 'best'],
        rows: smallRows(calls),
        notes: [
          'an update of a small model: reduceScatter of 40,000 numbers, a sum of 5, allGather of 40,000',
        ],
      },
      {
        title: `ranks: a training step, ${titleOf(size!)}, ${content.updates} updates`,
        columns: ['competitor', 'time', 'processor time', `speed x ${REPLICAS} (16-84 %)`, 'rounds'],
        rows: summarize(steps, STEP, REPLICAS).map(({ name, seconds, cpuSeconds, speedup, rounds }) => [
          ...[
            name,
            duration(seconds),
            duration(cpuSeconds),
            speedup ? withSpread(speedup) : '',
            String(rounds),
          ],
        ]),
        notes: ['processor time of ranks is that of rank 0', ...absences(steps)],
      },
    ];
    return { tables, data: { calls, steps } };
  },
};
