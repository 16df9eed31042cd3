import { check, SteadyformerError } from '@steadyformer/core';
import type { TraceKind, TraceRecord } from './readTrace';

/** The measurements of one kind and run at one step, by depth. */
export interface TraceCurve {
  readonly run: string;
  /** Increasing. */
  readonly points: readonly { readonly depth: number; readonly path: string; readonly value: number }[];
}

/** The steps at which a kind was measured, increasing. */
export const stepsOf = (records: readonly TraceRecord[], kind: TraceKind): readonly number[] =>
  [...new Set(records.filter((record) => record.kind === kind).map(({ step }) => step))].sort(
    (a, b) => a - b,
  );

/** The step asked for, or the last at which the kind was measured. Throws where it was not. */
export const stepAt = (records: readonly TraceRecord[], kind: TraceKind, asked?: number): number => {
  const steps = stepsOf(records, kind);
  if (steps.length === 0) {
    const kinds = [...new Set(records.map((record) => record.kind))].join(', ');
    throw new SteadyformerError(`the trace has no lines of kind '${kind}'; it has ${kinds}`);
  }
  const step = asked ?? steps.at(-1)!;
  check(steps.includes(step), `step of '${kind}' in the trace`, step, steps.join(', '));
  return step;
};

/** What a kind was at a step, a curve a run. Throws where a run says two things of one depth. */
export const curvesOf = (
  records: readonly TraceRecord[],
  kind: TraceKind,
  step: number,
): readonly TraceCurve[] => {
  const runs = new Map<string, TraceRecord[]>();
  for (const record of records) {
    if (record.kind !== kind || record.step !== step) continue;
    const { run = '' } = record;
    runs.set(run, [...(runs.get(run) ?? []), record]);
  }
  return [...runs].map(([run, own]) => {
    const places = new Map<string, number>();
    const points = own.map(({ path, depth, value }) => {
      if (!places.has(path)) places.set(path, places.size + 1);
      return { path, value, depth: depth ?? places.get(path)! };
    });
    points.sort((a, b) => a.depth - b.depth);
    const twice = points.find(({ depth }, i) => depth === points[i - 1]?.depth);
    if (twice) {
      throw new SteadyformerError(
        `the trace says two values of '${kind}' at depth ${twice.depth}, step ${step}${run && `, run '${run}'`}; ` +
          'give each repetition a "run" of its own',
      );
    }
    return { run, points };
  });
};
