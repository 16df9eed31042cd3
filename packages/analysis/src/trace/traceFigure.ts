import { checkOneOf } from '@steadyformer/core';
import { curvesFigure } from '../figures/curves';
import { gradientFigure } from '../figures/gradients';
import type { VegaLiteSpec } from '../figures/spec';
import { curvesOf, stepAt } from './curves';
import type { TraceKind, TraceRecord } from './readTrace';

const LABELS: Readonly<Record<TraceKind, string>> = {
  'output-change': 'Output change D_N per element',
  'branch-variance': 'Variance of the branch',
  'stream-variance': 'Variance of the stream',
  'gradient-norm': 'Gradient norm',
};

/** Options of `traceFigure`. */
export interface TraceFigureOptions {
  readonly kind: TraceKind;
  /** Default the last at which the kind was measured. */
  readonly step?: number;
}

/**
 * One kind of a trace by depth, a line a run. Of output changes with their fits, see `outputChangeFigure`.
 *
 * @throws SteadyformerError on a kind or step that the trace does not have
 */
export const traceFigure = (
  records: readonly TraceRecord[],
  { kind, step: asked }: TraceFigureOptions,
): VegaLiteSpec => {
  checkOneOf('traceFigure() kind', kind, Object.keys(LABELS) as TraceKind[]);
  const step = stepAt(records, kind, asked);
  const curves = curvesOf(records, kind, step).map(({ run, points }) => [run || 'trace', points] as const);
  if (kind === 'gradient-norm') {
    return gradientFigure(
      Object.fromEntries(
        curves.map(([run, points]) => [run, points.map(({ depth, value }) => ({ depth, norm: value }))]),
      ),
    );
  }
  const lines = curves.map(([run, points]) => [
    run,
    points.map(({ depth, value }) => ({ update: depth, value })),
  ]);
  const title = `${LABELS[kind]} by depth, step ${step}`;
  return curvesFigure(Object.fromEntries(lines), {
    title,
    label: LABELS[kind],
    xLabel: 'Residual branches N',
  });
};
