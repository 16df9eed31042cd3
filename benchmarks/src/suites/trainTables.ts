import { KERNELS_WITH_PRODUCTS } from '../children/kernelNames';
import type { CountedProduct, KernelTime } from '../children/kernelTimes';
import type { ProductTime } from '../children/products';
import type { Outcome } from '../harness/measure';
import { absences, fastest, summarize } from '../harness/summary';
import { operations } from '../ort/product';
import { median, pairedSpeedup } from '../statistics';
import { duration, megabytes, type Table, withSpread } from '../table';

export const FUSED = 'ours, fused';
/** The same step shared by replicas in threads. */
export const replicasName = (count: number): string => `${FUSED}, ${count} replicas`;
export const STEP = 'step';
export const PRODUCTS = 'products bare';
export const TORCH = 'PyTorch';

/** What a clocked step reports: a separate run, as clocks cost time. */
export interface Clocked {
  readonly name: string;
  readonly stepSeconds: number;
  readonly kernels: readonly KernelTime[];
}

const ms = (seconds: number): string => (seconds * 1e3).toFixed(1);
const list = (value: unknown): number[] => (Array.isArray(value) ? value.map(Number) : []);

/** Who took how long, and proof that all did the same work. */
export const competitorTable = (title: string, outcomes: readonly Outcome[], tokens: number): Table => {
  const trainers = outcomes.filter(({ name }) => !name.startsWith(PRODUCTS));
  const rows = summarize(trainers, STEP, FUSED).map(
    ({ name, seconds, best, cpuSeconds, rounds, speedup }) => {
      const { facts, peakBytes } = trainers.find((outcome) => outcome.name === name)!;
      return [
        name,
        ms(seconds),
        ms(best),
        ms(cpuSeconds),
        (tokens / seconds).toFixed(0),
        speedup ? withSpread(speedup) : '',
        peakBytes === undefined ? '' : megabytes(peakBytes),
        String(facts.parameters ?? ''),
        typeof facts.startLoss === 'number' ? facts.startLoss.toFixed(5) : '',
        list(facts.losses)
          .map((loss) => loss.toFixed(3))
          .join(' '),
        String(rounds),
      ];
    },
  );
  return {
    title,
    columns: [
      'competitor',
      'ms/step',
      'best',
      'CPU ms',
      'tokens/s',
      `speed x ${FUSED} (16-84 %)`,
      'peak RSS',
      'parameters',
      'loss at start, no dropout',
      'first losses',
      'rounds',
    ],
    rows,
    notes: [...verdicts(trainers), ...absences(outcomes)],
  };
};

/** The figures that decide: ours beside PyTorch's best setting, and ours fused beside wasm and our own plain ops. */
const verdicts = (outcomes: readonly Outcome[]): string[] => {
  const torch = fastest(outcomes, STEP, TORCH);
  const fused = outcomes.filter(({ name }) => name === FUSED);
  const shared = outcomes.filter(({ name }) => name.endsWith('replicas'));
  return [
    ...[...fused, ...shared].flatMap((ours) => verdict(ours, torch)),
    ...fused.flatMap((ours) => [
      ...shared.flatMap((other) => verdict(other, ours)),
      ...outcomes
        .filter(({ name }) => /tfjs|^ours, plain/.test(name))
        .flatMap((rival) => verdict(ours, rival)),
    ]),
  ];
};

/** One line on how fast the first is beside the second, and how large. */
const verdict = (ours: Outcome, rival: Outcome | undefined): string[] => {
  const speedup =
    ours.samples[STEP] && rival?.samples[STEP] && pairedSpeedup(ours.samples[STEP], rival.samples[STEP]);
  if (!rival || !speedup) return [];
  const memory =
    ours.peakBytes && rival.peakBytes
      ? `, at ${(ours.peakBytes / rival.peakBytes).toFixed(2)} of its peak RSS`
      : '';
  const best = rival.name.startsWith(TORCH) ? ' (its best setting here)' : '';
  const { attention, adam } = rival.facts;
  const how = attention ? `; attention ${attention}, adam ${adam}` : '';
  return [`${ours.name} is ${withSpread(speedup)} x as fast as ${rival.name}${best}${memory}${how}`];
};

/** A kind of product at its fastest: seconds of all of a step's, a median over rounds. */
interface BoundKind extends ProductTime {
  readonly time: number;
  readonly who: string;
}

interface Bound {
  readonly kinds: readonly BoundKind[];
  /** Seconds of all products, by round. */
  readonly samples: readonly number[];
}

/** The products of a step, each by whoever is fastest at it: the least that they can cost. */
export const boundOf = (outcomes: readonly Outcome[]): Bound | undefined => {
  const ways = outcomes.filter(
    ({ name, samples, facts }) =>
      name.startsWith(PRODUCTS) && samples[STEP] !== undefined && Array.isArray(facts.products),
  );
  if (ways.length === 0) return undefined;
  const rounds = Math.min(...ways.map(({ samples }) => samples[STEP]!.length));
  const timed = ways.map(({ name, facts, samples }) =>
    (facts.products as ProductTime[]).map((kind) => {
      // Warm-up comes before the rounds.
      const skip = kind.seconds.length - samples[STEP]!.length;
      const seconds = kind.seconds.slice(skip, skip + rounds);
      return { ...kind, seconds, time: median(seconds), who: name };
    }),
  );
  const kinds = timed[0]!.map((_, i) =>
    timed.map((way) => way[i]!).reduce((best, kind) => (kind.time < best.time ? kind : best)),
  );
  const samples = Array.from({ length: rounds }, (_, round) =>
    kinds.reduce((sum, { seconds }) => sum + seconds[round]!, 0),
  );
  return { kinds, samples };
};

/** A step in matrix products and the rest, with the bound: the products alone, bare, on rotating operands. */
export const splitTable = (
  title: string,
  outcomes: readonly Outcome[],
  clocked: readonly Clocked[],
  counted: readonly CountedProduct[],
): Table | undefined => {
  const bound = boundOf(outcomes);
  if (bound === undefined) return undefined;
  const bare = median(bound.samples);
  const work = counted.reduce((sum, product) => sum + product.count * operations(product), 0);
  const steps = summarize(outcomes, STEP, FUSED).filter(({ name }) => !name.startsWith(PRODUCTS));
  const bounds = summarize(outcomes, STEP, FUSED).filter(({ name }) => name.startsWith(PRODUCTS));
  const beyondBound = (name: string): string => {
    const own = outcomes.find((outcome) => outcome.name === name)!.samples[STEP]!;
    const ratio = pairedSpeedup(bound.samples, own);
    return ratio ? withSpread(ratio) : '';
  };
  const rows = steps.map(({ name, seconds }) => {
    const clock = clocked.find((each) => each.name === name);
    const inKernels = (test: (kernel: KernelTime) => boolean): number =>
      clock!.kernels.filter(test).reduce((sum, kernel) => sum + kernel.seconds, 0);
    const holds = ({ name: kernel }: KernelTime): boolean => KERNELS_WITH_PRODUCTS.has(kernel.split(' ')[0]!);
    const all = clock ? inKernels(() => true) : 0;
    return [
      name,
      ms(seconds),
      ms(bare),
      ms(seconds - bare),
      beyondBound(name),
      (work / seconds / 1e9).toFixed(0),
      clock ? ms(inKernels(holds)) : '',
      clock ? ms(inKernels((kernel) => !holds(kernel))) : '',
      clock ? ms(clock.stepSeconds - all) : '',
    ];
  });
  return {
    title,
    columns: [
      'who',
      'ms/step',
      'products (bound), ms',
      'rest, ms',
      'step / bound (16-84 %)',
      'GFLOP/s',
      'clocked: kernels with products, ms',
      'other kernels, ms',
      'outside kernels, ms',
    ],
    rows,
    notes: [
      `bound: the ${counted.reduce((sum, { count }) => sum + count, 0)} products of a step (${(work / 1e9).toFixed(1)} GFLOP) alone, by ONNX Runtime on rotating operands, each in the fastest of five forms and thread settings (in one setting for all: ${bounds.map(({ name, seconds }) => `${name} ${ms(seconds)} ms`).join('; ')})`,
      'the rest is the step minus that bound: everything else, and what products lose by running inside a step',
      'clocked: medians of another run with a clock around each kernel; a kernel with products also does what is fused with them',
    ],
  };
};

/** What each kind of product reaches, bare. */
export const productTable = (title: string, outcomes: readonly Outcome[]): Table | undefined => {
  const bound = boundOf(outcomes);
  if (bound === undefined) return undefined;
  const kinds = [...bound.kinds].sort((x, y) => y.time - x.time);
  return {
    title,
    columns: ['product', 'a step', 'GFLOP', 'ms', 'GFLOP/s', 'form', 'who'],
    rows: kinds.map(({ name, count, operations: work, time, form, who }) => [
      name,
      String(count),
      (work / 1e9).toFixed(2),
      ms(time),
      (work / time / 1e9).toFixed(0),
      form,
      who,
    ]),
    notes: [
      `each in its fastest form (src/ort/forms.ts) and thread setting; a' and b' mark transposed sides; rows x inner x columns`,
    ],
  };
};

/** Where a clocked step spends its time, by kernel. */
export const kernelTable = (title: string, { kernels, stepSeconds }: Clocked): Table => {
  const byName = new Map<string, { calls: number; seconds: number }>();
  for (const { name, calls, seconds } of kernels) {
    const kernel = name.split(' ')[0]!;
    const sum = byName.get(kernel) ?? { calls: 0, seconds: 0 };
    byName.set(kernel, { calls: sum.calls + calls, seconds: sum.seconds + seconds });
  }
  const inside = [...byName.values()].reduce((sum, { seconds }) => sum + seconds, 0);
  const sorted = [...byName].sort((x, y) => y[1].seconds - x[1].seconds);
  const row = (name: string, calls: number, seconds: number): string[] => [
    name,
    calls === 0 ? '' : String(calls),
    ms(seconds),
    `${((100 * seconds) / stepSeconds).toFixed(1)} %`,
  ];
  const shown = sorted.filter(([, { seconds }]) => seconds > stepSeconds / 500);
  const hidden = sorted.slice(shown.length).reduce((sum, [, { seconds }]) => sum + seconds, 0);
  return {
    title,
    columns: ['kernel', 'calls', 'ms', 'of the step'],
    rows: [
      ...shown.map(([name, { calls, seconds }]) => row(name, calls, seconds)),
      row('all other kernels', 0, hidden),
      row('outside kernels (tfjs, the tape, our TypeScript)', 0, stepSeconds - inside),
    ],
    notes: [`a step of ${duration(stepSeconds)} with a clock around each kernel`],
  };
};
