import { wanted } from '../arguments';
import { opCases, opName } from '../children/opCases';
import type { OpsOptions } from '../children/ops';
import type { TrainStepOptions } from '../children/trainStep';
import type { Competitor } from '../harness/competitor';
import { measure, type Outcome } from '../harness/measure';
import { absences, summarize } from '../harness/summary';
import { pairedSpeedup } from '../statistics';
import { duration, type Table, withSpread } from '../table';
import { nodeChild } from './competitors';
import type { Suite } from './suite';
import { prepare, sizesOf, titleOf } from './trainStep';
import { STEP } from './trainTables';

const INSTALLED = 'the installed library';
const NAMED = 'the library named';
/** The same as INSTALLED: how far its ratio is from 1 is what the machine's noise amounts to. */
const AGAIN = 'the installed library, again';
const SAMPLE_SECONDS = 0.05;

const competitors = (program: string, options: object, library: string): Competitor[] => [
  nodeChild(INSTALLED, program, options, { STEADYFORMER_ONNXRUNTIME: '' }),
  nodeChild(NAMED, program, options, { STEADYFORMER_ONNXRUNTIME: library }),
  nodeChild(AGAIN, program, options, { STEADYFORMER_ONNXRUNTIME: '' }),
];

/** Ratios of a case to the installed library: of wall time, and of processor time, which other programs hardly touch. */
const ratios = (outcomes: readonly Outcome[], who: string, name: string): string[] => {
  const of = (which: 'samples' | 'cpuSamples', competitor: string): readonly number[] =>
    outcomes.find((each) => each.name === competitor)?.[which][name] ?? [];
  return (['samples', 'cpuSamples'] as const).map((which) => {
    const speedup = pairedSpeedup(of(which, who), of(which, INSTALLED));
    return speedup === undefined ? '' : withSpread(speedup);
  });
};

const rows = (outcomes: readonly Outcome[], name: string): string[][] => {
  const [installed, named] = summarize(outcomes, name, INSTALLED);
  if (installed === undefined || named === undefined) return [];
  const times = [installed, named].map(({ seconds }) => duration(seconds));
  return [
    [
      name,
      ...times,
      ...ratios(outcomes, NAMED, name),
      ...ratios(outcomes, AGAIN, name),
      String(named.rounds),
    ],
  ];
};

/** The ONNX Runtime that a competitor ran on. */
const version = (outcomes: readonly Outcome[], who: string): string =>
  outcomes.find(({ name }) => name === who)?.versions.onnxruntime ?? 'unknown';

/** Two builds of ONNX Runtime under the same backend, in turn. */
export const libraries: Suite = {
  name: 'libraries',
  about: 'ops and a training step: the installed ONNX Runtime beside the one STEADYFORMER_ONNXRUNTIME names',
  children: ['prepare', 'ops', 'trainStep', 'replica'],
  run: async (context) => {
    const { args, log, start, program } = context;
    const library = process.env.STEADYFORMER_ONNXRUNTIME;
    if (!library) throw new Error('libraries: set STEADYFORMER_ONNXRUNTIME to the library to compare with');
    const cases = opCases(args.quick).filter((op) => wanted(args.only, opName(op)));
    const ops = { backend: 'onnxruntime', style: 'core', cases } satisfies OpsOptions;
    const names = cases.map(opName);
    const group = {
      title: 'libraries: ops',
      cases: names,
      competitors: competitors(program('ops'), ops, library),
      sampleSeconds: args.quick ? SAMPLE_SECONDS / 10 : SAMPLE_SECONDS,
    };
    const outcomes = cases.length === 0 ? [] : await measure(group, { ...args, log }, start);
    const table: string[][] = names.flatMap((name) => rows(outcomes, name));
    const all = [...outcomes];
    for (const size of sizesOf(context)) {
      const title = `training step, ${titleOf(size)}`;
      if (!wanted(args.only, title)) continue;
      const { file: task } = prepare(size, context);
      const options = { task, backend: 'onnxruntime', fused: true } satisfies TrainStepOptions;
      const step = {
        title: `libraries: ${title}`,
        cases: [STEP],
        competitors: competitors(program('trainStep'), options, library),
      };
      const found = await measure(step, { ...args, log }, start);
      all.push(...found);
      table.push(...rows(found, STEP).map(([, ...rest]) => [title, ...rest]));
    }
    const titled: Table = {
      title: `libraries: ${version(all, NAMED)} (${library}) beside the installed ${version(all, INSTALLED)}`,
      columns: [
        'case',
        'installed',
        'named',
        'named: speed x installed (16-84 %)',
        'in processor time',
        'noise: installed twice',
        'in processor time',
        'rounds',
      ],
      rows: table,
      notes: absences(all),
    };
    return { tables: [titled], data: { outcomes: all } };
  },
};
