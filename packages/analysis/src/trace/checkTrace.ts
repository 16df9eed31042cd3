import {
  check,
  checkedBy,
  checkList,
  checkMethod,
  fields,
  mean,
  parseAs,
  type ResidualMethod,
  SteadyformerError,
  such,
  whole,
} from '@steadyformer/core';
import * as v from 'valibot';
import { remedyFor } from '../check/remedy';
import { type Verdict, verdictOf } from '../check/verdict';
import type { NetworkChanges } from '../fit/exponent';
import { fitGrowth, type GrowthFit } from '../fit/fitGrowth';
import { fitTheory, type TheoryFit, withoutConstant } from '../fit/fitTheory';
import { type Sampled, sampled } from '../measure/sampled';
import { type Prediction, predict } from '../theory/predict';
import { describeMethod } from '../theory/stack';
import { curvesOf, stepAt } from './curves';
import type { TraceRecord } from './readTrace';

/** Options of `checkTrace`. */
export interface CheckTraceOptions {
  /** Which step of the trace. Default the last at which the output change was measured. */
  readonly step?: number;
  /** How the other program's branches join, by which theory follows from their variances. Default: no theory. */
  readonly method?: ResidualMethod;
  /** Kinds of a block's branches, for methods that ask. Default self-attention and feed-forward. */
  readonly block?: readonly string[];
}

/** What a trace says of the growth of the output change with depth. */
export interface TraceCheck {
  readonly step: number;
  /** D_N, mean over runs. */
  readonly points: readonly { readonly depth: number; readonly change: Sampled }[];
  /** D_0: 0 where no line of depth 0 says another. */
  readonly inputChange: Sampled;
  readonly fit: GrowthFit;
  /** Theorem 2 fitted, C its one free constant. Absent where `withoutTheory` says why. */
  readonly theory?: TheoryFit;
  /** Why there is no theory. */
  readonly withoutTheory?: string;
  readonly verdict: Verdict;
}

const optionsSchema = () =>
  fields({
    step: v.optional(whole(0)),
    method: v.optional(checkedBy((method: ResidualMethod, what) => checkMethod(method, what))),
    block: v.optional(
      such<readonly string[]>('a list of one name or more', (kinds) => {
        return (
          Array.isArray(kinds) &&
          kinds.length > 0 &&
          kinds.every((kind) => typeof kind === 'string' && kind !== '')
        );
      }),
    ),
  });

/**
 * Fits and judges the output change of a trace, as `depthCheck` does of networks of ours. With a residual method, and
 * branch variances in the trace, theory is fitted to it as well.
 *
 * @throws SteadyformerError where the output change was not measured at 4 depths or more, or runs have other depths
 */
export const checkTrace = async (
  records: readonly TraceRecord[],
  options: CheckTraceOptions = {},
): Promise<TraceCheck> => {
  checkList('checkTrace() records', records, 'a list of measurements, as readTrace() gives them');
  const known = parseAs(optionsSchema(), options, 'checkTrace()') as CheckTraceOptions;
  const step = stepAt(records, 'output-change', known.step);
  const { depths, networks } = networksOf(records, step);
  const points = depths.map((depth, k) => ({
    depth,
    change: sampled(networks.map(({ changes }) => changes[k]!)),
  }));
  const inputChange = sampled(networks.map((network) => network.inputChange));
  const growthPoints = points.map(({ depth, change }) => ({ depth, value: change.mean }));
  const fit = await fitGrowth(growthPoints);
  const predicted = predictionOf(records, step, depths.at(-1)!, known);
  const theory =
    typeof predicted === 'string'
      ? undefined
      : withoutConstant(fitTheory(growthPoints, predicted.prediction, { inputChange: inputChange.mean }));
  const aligned = records.some((record) => record.step === step && record.change === 'aligned');
  const growth = typeof predicted === 'string' || aligned ? undefined : predicted.prediction.growth;
  const verdict = verdictOf({
    depths,
    networks,
    predicted: theory?.points.map((point) => point.predicted) ?? growthPoints.map(({ value }) => value),
    ...(growth ? { theoryClass: growth.class } : {}),
    ...(growth?.offset === undefined ? {} : { offset: growth.offset }),
    constantKnown: false,
    alongGradient: aligned,
    r2: theory?.r2 ?? 0,
    remedy: typeof predicted === 'string' ? 'branches' : predicted.remedy,
  });
  return {
    ...{ step, points, inputChange, fit, verdict },
    ...(theory ? { theory } : { withoutTheory: predicted as string }),
  };
};

/** The runs, each with its changes at the same depths. */
const networksOf = (
  records: readonly TraceRecord[],
  step: number,
): { readonly depths: readonly number[]; readonly networks: readonly NetworkChanges[] } => {
  const runs = curvesOf(records, 'output-change', step).map(({ run, points }) => ({
    run,
    inputChange: points.find(({ depth }) => depth === 0)?.value ?? 0,
    behind: points.filter(({ depth }) => depth > 0),
  }));
  const depths = runs[0]!.behind.map(({ depth }) => depth);
  for (const { run, behind } of runs) {
    const own = behind.map(({ depth }) => depth);
    check(
      String(own) === String(depths),
      `depths of run '${run}' in the trace`,
      own,
      `those of run '${runs[0]!.run}', ${depths.join(', ')}`,
    );
  }
  const networks = runs.map(({ inputChange, behind }) => ({
    inputChange,
    changes: behind.map(({ value }) => value),
  }));
  return { depths, networks };
};

interface Predicted {
  readonly prediction: Prediction;
  readonly remedy: ReturnType<typeof remedyFor>;
}

/** What theory says of the branches' variances up to a depth, or why it says nothing. */
const predictionOf = (
  records: readonly TraceRecord[],
  step: number,
  deepest: number,
  { method, block = ['selfAttention', 'feedForward'] }: CheckTraceOptions,
): Predicted | string => {
  if (!method) return 'no residual method is named by which branches join';
  const variances = meanByDepth(records, 'branch-variance', step);
  const missing = Array.from({ length: deepest }, (_, i) => i + 1).find((depth) => !variances.has(depth));
  if (missing !== undefined) return `there is no 'branch-variance' of branch ${missing} at step ${step}`;
  const input = meanByDepth(records, 'stream-variance', step).get(0);
  if (input === undefined)
    return `there is no 'stream-variance' at depth 0, the stack's input, at step ${step}`;
  if (!(input > 0))
    throw new SteadyformerError(
      "the trace's 'stream-variance' at depth 0 is 0: the input is the same everywhere",
    );
  const depth = Math.ceil(deepest / block.length);
  const described = describeMethod({ method, depth, block });
  const branches = described.branches.slice(0, deepest).map(({ form: _, ...branch }, i) => ({
    ...branch,
    variance: variances.get(i + 1)!,
  }));
  const prediction = predict({ ...described, branches, input: { variance: input } });
  return { prediction, remedy: remedyFor(branches) };
};

/** The mean over runs at each depth. */
const meanByDepth = (
  records: readonly TraceRecord[],
  kind: TraceRecord['kind'],
  step: number,
): ReadonlyMap<number, number> => {
  const values = new Map<number, number[]>();
  for (const { points } of curvesOf(records, kind, step)) {
    for (const { depth, value } of points) values.set(depth, [...(values.get(depth) ?? []), value]);
  }
  return new Map([...values].map(([depth, own]) => [depth, mean(own)]));
};
