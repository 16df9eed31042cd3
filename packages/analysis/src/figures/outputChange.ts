import type { DepthCheck } from '../check/depthCheck';
import { evaluateLaw } from '../fit/fitGrowth';
import { FRAME, SCHEMA, type VegaLiteSpec } from './spec';

export interface OutputChangeFigureOptions {
  /** Logarithmic depth axis: a law in ln N is then a line. Default false. */
  readonly logDepth?: boolean;
  /** Logarithmic change axis, where architectures differ by orders. Default false. */
  readonly logChange?: boolean;
  readonly title?: string;
}

/** What of a check is drawn. */
type Checked = Pick<DepthCheck, 'points' | 'fit' | 'theory' | 'verdict'>;

/**
 * The picture of depthCheck (Liu et al. 2020, fig. 4): measured output change against the number of residual
 * branches with its interval, the chosen law as a line, the prediction dashed; one colour an architecture.
 */
export const outputChangeFigure = (
  checks: Readonly<Record<string, Checked>>,
  options: OutputChangeFigureOptions = {},
): VegaLiteSpec => {
  const { logDepth = false, logChange = false, title = 'Output change by depth' } = options;
  const named = Object.entries(checks).map(([name, check]) => ({
    label: `${name}: ${check.verdict.notation}`,
    check,
  }));
  const measured = named.flatMap(({ label, check }) =>
    check.points.map(({ depth, change }) => ({
      label,
      depth,
      change: change.mean,
      shown: change.interval ? 'measured, 95 % interval' : 'measured',
      ...(change.interval
        ? {
            // A logarithmic axis knows no zero.
            low: Math.max(change.interval[0], logChange ? change.mean / 100 : 0),
            high: change.interval[1],
          }
        : {}),
    })),
  );
  const lines = named.flatMap(({ label, check }) => [
    ...check.theory.points.map(({ depth, predicted }) => ({
      label,
      depth,
      change: predicted,
      line: check.theory.predictedConstant === undefined ? OPEN : PREDICTED,
    })),
    ...fittedCurve(check).map((point) => ({ ...point, label, line: LAW })),
  ]);
  const top = Math.max(...[...measured, ...lines].map(({ change }) => change)) || 1;
  const drawn = new Set(lines.map(({ line }) => line));
  const names = [LAW, PREDICTED, OPEN].filter((line) => drawn.has(line));
  const depth = {
    field: 'depth',
    type: 'quantitative',
    title: 'Residual branches N',
    ...(logDepth ? { scale: { type: 'log', nice: false } } : {}),
  };
  const change = {
    field: 'change',
    type: 'quantitative',
    title: 'Output change D_N per element',
    axis: { labelExpr: "datum.value === 0 ? '0' : format(datum.value, '.1e')" },
    // Intervals of few networks may reach far beyond everything else: they are cut at the frame.
    scale: logChange ? { type: 'log' } : { domain: [0, 1.15 * top], nice: true },
  };
  const colour = {
    field: 'label',
    type: 'nominal',
    sort: null,
    title: 'Architecture',
    legend: { labelLimit: 300 },
  };
  return {
    $schema: SCHEMA,
    ...FRAME,
    title,
    layer: [
      {
        data: { values: lines },
        mark: { type: 'line', strokeWidth: 2 },
        encoding: {
          x: depth,
          y: change,
          color: colour,
          strokeDash: {
            field: 'line',
            type: 'nominal',
            title: 'Line',
            scale: {
              domain: names,
              range: names.map((line) => (line === LAW ? [1, 0] : [5, 4])),
            },
          },
        },
      },
      {
        data: { values: measured.filter((point) => 'low' in point) },
        mark: { type: 'rule', clip: true },
        encoding: { x: depth, y: { ...change, field: 'low' }, y2: { field: 'high' }, color: colour },
      },
      {
        data: { values: measured },
        mark: { type: 'point', filled: true, size: 45 },
        encoding: {
          x: depth,
          y: change,
          color: colour,
          shape: {
            field: 'shown',
            type: 'nominal',
            title: 'Points',
            scale: { range: ['circle'] },
            legend: { labelLimit: 300 },
          },
        },
      },
    ],
  };
};

const STEPS = 60;

const LAW = 'fitted law';
const PREDICTED = 'predicted';
/** The theory's shape where it leaves its constant open. */
const OPEN = 'theory, C fitted';

/** The chosen law between the first and the last depth. */
const fittedCurve = ({ fit }: Checked): { depth: number; change: number }[] => {
  const [first, last] = [fit.points[0]!.depth, fit.points.at(-1)!.depth];
  return Array.from({ length: STEPS + 1 }, (_, i) => {
    const depth = first * (last / first) ** (i / STEPS);
    return { depth, change: evaluateLaw(fit.best, depth) };
  });
};
