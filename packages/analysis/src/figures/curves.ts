import { FRAME, HOLLOW, SCHEMA, series, type VegaLiteSpec } from './spec';

/** What a run measured after so many updates. */
export interface CurvePoint {
  readonly update: number;
  readonly value: number;
}

/** Options of `curvesFigure`. */
export interface CurvesFigureOptions {
  readonly title?: string;
  /** What `value` is, such as 'Validation perplexity'. */
  readonly label?: string;
  /** Whether values have a logarithmic axis, as perplexities do. Default true. */
  readonly logarithmic?: boolean;
  /** What `update` counts. Default 'Updates'. */
  readonly xLabel?: string;
}

/**
 * Training or validation curves, as in the paper's figures 1 and 9: one colour, shape and dash a run. What is not finite, or
 * not above 0 on a logarithmic axis, is left out.
 */
export const curvesFigure = (
  runs: Readonly<Record<string, readonly CurvePoint[]>>,
  {
    title = 'Validation',
    label = 'Validation perplexity',
    logarithmic = true,
    xLabel = 'Updates',
  }: CurvesFigureOptions = {},
): VegaLiteSpec => {
  const { color, shape, strokeDash } = series('run', Object.keys(runs), 'Run');
  const scale = logarithmic ? { type: 'log', nice: false, padding: 8 } : { zero: false };
  return {
    $schema: SCHEMA,
    ...FRAME,
    title,
    data: {
      values: Object.entries(runs).flatMap(([run, points]) =>
        points
          .filter(({ value }) => Number.isFinite(value) && (value > 0 || !logarithmic))
          .map(({ update, value }) => ({ run, update, value })),
      ),
    },
    encoding: {
      x: { field: 'update', type: 'quantitative', title: xLabel, axis: { tickMinStep: 1 } },
      y: { field: 'value', type: 'quantitative', title: label, scale },
    },
    layer: [
      { mark: { type: 'line', strokeWidth: 2 }, encoding: { color, strokeDash } },
      { mark: { type: 'point', ...HOLLOW }, encoding: { color, shape } },
    ],
  };
};
