import { fields, flag, parseAs, text } from '@steadyformer/core';
import * as v from 'valibot';
import type { DepthCheck } from '../check/result';
import { evaluateLaw, type LawName } from '../fit/fitGrowth';
import type { TheoryFit } from '../fit/fitTheory';
import type { GrowthClass } from '../theory/growthClass';
import { CHANGE_AXIS, FRAME, HOLLOW, SCHEMA, series, type VegaLiteSpec } from './spec';

/** Options of `outputChangeFigure`. */
export interface OutputChangeFigureOptions {
  /** Logarithmic depth axis: a law in ln N is then a line. Default false. */
  readonly logDepth?: boolean;
  /** Logarithmic change axis, where architectures differ by orders. Default false. */
  readonly logChange?: boolean;
  readonly title?: string;
}

const optionsSchema = () =>
  fields({
    logDepth: v.optional(flag(), false),
    logChange: v.optional(flag(), false),
    title: v.optional(text(), 'Output change by depth'),
  });

/** What of a check is drawn; a trace of another program may know no theory. */
interface Checked extends Pick<DepthCheck, 'fit' | 'verdict'> {
  readonly points: readonly Pick<DepthCheck['points'][number], 'depth' | 'change'>[];
  readonly theory?: TheoryFit;
}

/**
 * The picture of depthCheck (Liu et al. 2020, fig. 4): measured output change against the number of residual
 * branches with its interval, the law of the verdict as a thick line (the best by AICc where it names none), the
 * prediction as a thin one; one colour, shape and dash an architecture.
 */
export const outputChangeFigure = (
  checks: Readonly<Record<string, Checked>>,
  options: OutputChangeFigureOptions = {},
): VegaLiteSpec => {
  const { logDepth, logChange, title } = parseAs(optionsSchema(), options, 'outputChangeFigure()');
  const named = Object.entries(checks).map(([name, check]) => ({
    label: `${name}: ${check.verdict.notation}`,
    check,
  }));
  // A logarithmic axis knows no zero, and one value at or below it would take the whole axis.
  const drawable = ({ change }: { readonly change: number }): boolean => !logChange || change > 0;
  const measured = named.flatMap(({ label, check }, place) =>
    check.points
      .filter(({ change }) => drawable({ change: change.mean }))
      .map(({ depth, change }) => ({
        label,
        depth,
        change: change.mean,
        bar: Math.max(1, 5 - 2 * place),
        ...(change.interval
          ? {
              low: Math.max(change.interval[0], logChange ? change.mean / 100 : 0),
              high: change.interval[1],
            }
          : {}),
      })),
  );
  const lines = named
    .flatMap(({ label, check }) => [
      ...(check.theory?.points ?? []).map(({ depth, predicted }) => ({
        label,
        depth,
        change: predicted,
        line: check.theory?.predictedConstant === undefined ? OPEN : PREDICTED,
      })),
      ...fittedCurve(check).map((point) => ({ ...point, label, line: LAW })),
    ])
    .filter(drawable);
  // Intervals count: none of them is cut.
  const highs = measured.map((point) => ('high' in point ? point.high : point.change));
  const top = Math.max(...highs, ...lines.map(({ change }) => change)) || 1;
  const drawn = new Set(lines.map(({ line }) => line));
  const kinds = [LAW, PREDICTED, OPEN].filter((line) => drawn.has(line));
  const { color, shape, strokeDash } = series(
    'label',
    named.map(({ label }) => label),
    'Architecture',
  );
  const x = {
    field: 'depth',
    type: 'quantitative',
    title: 'Residual branches N',
    ...(logDepth ? { scale: { type: 'log', nice: false } } : {}),
  };
  const y = {
    field: 'change',
    type: 'quantitative',
    title: 'Output change D_N per element',
    axis: CHANGE_AXIS,
    scale: logChange ? { type: 'log' } : { domain: [0, 1.03 * top], nice: true },
  };
  const width = {
    field: 'line',
    type: 'ordinal',
    sort: kinds,
    title: 'Line',
    scale: { domain: kinds, range: kinds.map((kind) => (kind === LAW ? 2.5 : 1)) },
  };
  const bars = measured.filter((point) => 'low' in point);
  return {
    $schema: SCHEMA,
    ...FRAME,
    title: {
      text: title,
      subtitle: bars.length > 0 ? 'Points: measured means, with their 95 % intervals' : 'Points: measured',
    },
    layer: [
      {
        data: { values: bars },
        mark: { type: 'rule', opacity: 0.55 },
        encoding: { x, y: { ...y, field: 'low' }, y2: { field: 'high' }, color, strokeWidth: BAR },
      },
      {
        data: { values: lines },
        mark: { type: 'line' },
        encoding: { x, y, color, strokeDash, strokeWidth: width, detail: { field: 'line' } },
      },
      { data: { values: measured }, mark: { type: 'point', ...HOLLOW }, encoding: { x, y, color, shape } },
    ],
    resolve: { scale: { strokeWidth: 'independent' } },
  };
};

/** Bars of later architectures are thinner, so that those below are seen. */
const BAR = { field: 'bar', type: 'quantitative', scale: null, legend: null };

const STEPS = 60;

const LAW = 'fitted law';
const PREDICTED = 'predicted';
/** The theory's shape where it leaves its constant open. */
const OPEN = 'theory, C fitted';

/** The laws that draw a class. */
const LAWS: Readonly<Record<GrowthClass, readonly LawName[]>> = {
  falling: ['power'],
  constant: [],
  doublyLogarithmic: ['logarithmic', 'plainLogarithmic'],
  logarithmic: ['logarithmic', 'plainLogarithmic'],
  squareRoot: ['squareRoot'],
  linear: ['linear'],
  superlinear: ['power'],
};

/** The law of the verdict between the first and the last depth, or the best where it names none. */
const fittedCurve = ({ fit, verdict }: Checked): { depth: number; change: number }[] => {
  const wanted = verdict.class ? LAWS[verdict.class] : [];
  const law = fit.fits.find(({ law: name }) => wanted.includes(name)) ?? fit.best;
  const [first, last] = [fit.points[0]!.depth, fit.points.at(-1)!.depth];
  return Array.from({ length: STEPS + 1 }, (_, i) => {
    const depth = first * (last / first) ** (i / STEPS);
    return { depth, change: evaluateLaw(law, depth) };
  });
};
