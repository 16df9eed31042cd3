import { wanted } from '../arguments';
import type { ForwardCase, ForwardOptions } from '../children/forward';
import { measure, type Outcome } from '../harness/measure';
import { absences, summarize } from '../harness/summary';
import { fitPower, median } from '../statistics';
import { duration, type Table, withSpread } from '../table';
import { nodeChild } from './competitors';
import type { Suite } from './suite';

const OURS = 'ours, fused';

/** One variable of the cost, the others held. */
interface Sweep {
  readonly variable: 'depth' | 'sentences' | 'time';
  readonly label: string;
  readonly cases: readonly ForwardCase[];
}

type Sizes = Omit<ForwardCase, 'name'>;

const sweep = (
  variable: Sweep['variable'],
  label: string,
  base: Sizes,
  values: readonly number[],
): Sweep => ({
  variable,
  label,
  cases: values.map((value) => ({ ...base, [variable]: value, name: `${label} ${value}` })),
});

const sweepsOf = (quick: boolean): Sweep[] =>
  quick
    ? [sweep('depth', 'depth', { depth: 1, sentences: 2, time: 8 }, [1, 2, 3])]
    : [
        sweep('depth', 'depth', { depth: 1, sentences: 16, time: 32 }, [1, 2, 4, 8, 16]),
        sweep('sentences', 'sentences', { depth: 2, sentences: 1, time: 32 }, [2, 4, 8, 16, 32, 64]),
        sweep('time', 'sentence length', { depth: 2, sentences: 4, time: 1 }, [16, 32, 64, 128, 256, 512]),
      ];

/** cost = factor * size^exponent for a competitor over a sweep, or undefined where points are missing. */
const exponentRow = ({ variable, label, cases }: Sweep, { name, samples }: Outcome): string[] | undefined => {
  const points = cases.flatMap((each) => {
    const times = samples[each.name];
    return times === undefined ? [] : [[each[variable], median(times)] as const];
  });
  if (points.length < 3) return undefined;
  const { exponent, error } = fitPower(
    points.map(([size]) => size),
    points.map(([, seconds]) => seconds),
  );
  const range = `${points[0]![0]} to ${points.at(-1)![0]}`;
  return [label, range, name, `${exponent.toFixed(2)} +- ${error.toFixed(2)}`];
};

export const forward: Suite = {
  name: 'forward',
  about:
    'the forward pass and the training step against depth, sentences and their length, with fitted exponents',
  children: ['forward'],
  run: async ({ args, log, start, program }) => {
    const sweeps = sweepsOf(args.quick);
    const cases = sweeps.flatMap((each) => each.cases);
    const file = program('forward');
    const options = { width: args.quick ? 64 : 256, cases };
    const competitors = [
      nodeChild(OURS, file, { ...options, backend: 'onnxruntime', fused: true } satisfies ForwardOptions),
      nodeChild('ours, fused, training step', file, {
        ...options,
        ...{ backend: 'onnxruntime', fused: true, training: true },
      } satisfies ForwardOptions),
      nodeChild('ours, plain ops', file, {
        ...options,
        backend: 'onnxruntime',
        fused: false,
      } satisfies ForwardOptions),
      nodeChild('core on tfjs wasm', file, {
        ...options,
        backend: 'wasm',
        fused: false,
      } satisfies ForwardOptions),
    ].filter(({ name }) => wanted(args.only, name));
    const group = { title: 'forward', cases: cases.map(({ name }) => name), competitors };
    const outcomes = await measure(group, { ...args, log }, start);
    const times: Table = {
      title: `forward: d=${options.width}, forward passes without the output projection`,
      columns: ['case', 'competitor', 'time', 'tokens/s', `speed x ${OURS} (16-84 %)`],
      rows: cases.flatMap(({ name: caseName, sentences, time }) =>
        summarize(outcomes, caseName, OURS).map(({ name, seconds, speedup }, i) => [
          i === 0 ? caseName : '',
          name,
          duration(seconds),
          ((2 * sentences * time) / seconds).toFixed(0),
          speedup ? withSpread(speedup) : '',
        ]),
      ),
      notes: absences(outcomes),
    };
    const exponents: Table = {
      title: 'forward: exponents',
      columns: ['variable', 'range', 'competitor', 'exponent'],
      rows: sweeps.flatMap((each) =>
        outcomes.map((outcome) => exponentRow(each, outcome)).filter((row) => row !== undefined),
      ),
      notes: ['least squares of ln time on ln size, with the standard error; 1 is proportional'],
    };
    return { tables: exponents.rows.length > 0 ? [times, exponents] : [times], data: { outcomes } };
  },
};
