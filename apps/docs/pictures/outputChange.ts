import { readFileSync } from 'node:fs';
import type { VegaLiteSpec } from '@steadyformer/analysis';
import { framed } from './frame';
import { METHODS, type Method, methodColour, methodShape, type Palette } from './palette';

/** What `steadyformer analyse depth-check` wrote, as far as it is drawn. */
interface Measured {
  readonly checks: Readonly<Record<Method, Check>>;
}

interface Check {
  readonly points: readonly {
    readonly depth: number;
    readonly change: { readonly mean: number; readonly interval: readonly [number, number] };
  }[];
  readonly theory: { readonly points: readonly { readonly depth: number; readonly predicted: number }[] };
  readonly verdict: { readonly notation: string };
}

/** Changes are some 1e-6. */
const UNIT = 1e6;

/** The last of two lines that lie on each other is dashed, so that both are seen. */
const DASH = {
  field: 'label',
  type: 'nominal',
  legend: null,
  scale: {
    domain: METHODS.map(({ label }) => label),
    range: [
      [1, 0],
      [1, 0],
      [7, 5],
    ],
  },
};

/** Where the label of a line stands beside its end, in pixels. */
const LABELS: Readonly<Record<Method, { readonly dx: number; readonly dy: number }>> = {
  postLN: { dx: -112, dy: -52 },
  preLN: { dx: -14, dy: -40 },
  admin: { dx: -14, dy: -20 },
};

const readData = (): Measured =>
  JSON.parse(readFileSync(new URL('./data/outputChange.json', import.meta.url), 'utf8'));

/** Output change against depth: measured points with their 95 % intervals, and theory's curve, of three methods. */
export const outputChange = (palette: Palette): VegaLiteSpec => {
  const { checks } = readData();
  const rows = METHODS.flatMap(({ method, label }) =>
    checks[method].points.map(({ depth, change: { mean, interval } }, i) => ({
      label,
      depth,
      change: UNIT * mean,
      low: UNIT * Math.max(0, interval[0]),
      high: UNIT * interval[1],
      predicted: UNIT * checks[method].theory.points[i]!.predicted,
    })),
  );
  const x = { field: 'depth', type: 'quantitative', title: 'Residual branches N', axis: { tickCount: 5 } };
  const y = {
    field: 'change',
    type: 'quantitative',
    title: 'Output change D_N (1e-6)',
    axis: { tickCount: 5 },
  };
  const color = methodColour(palette);
  return framed(palette, {
    width: 470,
    height: 320,
    layer: [
      {
        data: { values: rows },
        mark: { type: 'rule', opacity: 0.45, strokeWidth: 1.5 },
        encoding: { x, y: { ...y, field: 'low' }, y2: { field: 'high' }, color },
      },
      {
        data: { values: rows },
        mark: { type: 'line', strokeWidth: 2 },
        encoding: { x, y: { ...y, field: 'predicted' }, color, strokeDash: DASH },
      },
      {
        data: { values: rows },
        mark: { type: 'point', filled: true, opacity: 1, size: 62, stroke: palette.ground, strokeWidth: 1 },
        encoding: { x, y, color, shape: methodShape },
      },
      ...METHODS.map(({ method, label }) => ({
        data: { values: rows.filter((row) => row.label === label).slice(-1) },
        mark: { type: 'text', align: 'right', baseline: 'middle', ...LABELS[method] },
        encoding: { x, y, color, text: { value: `${label}, ${checks[method].verdict.notation}` } },
      })),
    ],
  });
};
