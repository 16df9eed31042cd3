import type { VegaLiteSpec } from '@steadyformer/analysis';
import { FRAME } from '../../measure/panels';
import { type Facts, factsOf } from './facts';
import type { Growth } from './growth';
import type { Point } from './points';

const WORDS = ['amplifies', 'steady', 'lazy', 'cannot tell'];
const COLOURS = ['#D55E00', '#0072B2', '#009E73', '#999999'];
const KINDS = ['random', 'random, predicted', 'aligned', 'aligned, predicted'];

/** Exponents outside are drawn at the edge. */
const RANGE = [-1, 3.5] as const;
const within = (x: number): number => Math.min(RANGE[1], Math.max(RANGE[0], x));

const drawn = (row: Facts, kind: string, growth: Growth | undefined) => {
  if (!growth?.exponent) return [];
  const { value, interval } = growth.exponent;
  return [
    {
      method: row.method,
      kind,
      word: row.word ?? 'cannot tell',
      value: within(value),
      ...(interval ? { low: within(interval[0]), high: within(interval[1]) } : {}),
    },
  ];
};

/** Methods from the fastest growth of aligned changes to the slowest; those that do not move last. */
const ordered = (rows: readonly Facts[]): Facts[] => {
  const key = ({ aligned }: Facts): number => aligned?.exponent?.value ?? Number.NEGATIVE_INFINITY;
  return rows.toSorted((one, other) => key(other) - key(one));
};

const STEP = { step: 20 };

/** The atlas as one picture, a row a method: exponents at the start, after updates, laziness, and what trains. */
export const figureOf = async (points: readonly Point[]): Promise<VegaLiteSpec> => {
  const rows = ordered(factsOf(points));
  const methods = rows.map(({ method }) => method);
  const y = (first: boolean, grid = true) => ({
    field: 'method',
    type: 'nominal',
    title: null,
    scale: { domain: methods },
    axis: { grid, gridColor: '#eee', ...(first ? {} : { labels: false, ticks: false, domain: false }) },
  });
  const color = {
    field: 'word',
    type: 'nominal',
    title: 'Aligned changes',
    scale: { domain: WORDS, range: COLOURS },
    legend: { orient: 'bottom', columns: 4 },
  };
  const shape = {
    field: 'kind',
    type: 'nominal',
    title: 'Change',
    scale: {
      domain: KINDS,
      range: ['circle', 'M0,-1L0,1', 'square', 'M-0.7,-0.7L0.7,0.7M-0.7,0.7L0.7,-0.7'],
    },
    legend: { orient: 'bottom', columns: 4, symbolStrokeColor: '#333', symbolFillColor: 'transparent' },
  };
  const x = (title: string) => ({
    field: 'value',
    type: 'quantitative',
    title,
    scale: { domain: RANGE, nice: false },
    axis: { values: [-1, 0, 1, 2, 3], gridColor: '#ddd' },
  });
  const exponents = (
    values: readonly object[],
    title: string,
    axis: string,
    first: boolean,
  ): VegaLiteSpec => ({
    title,
    width: 300,
    height: STEP,
    data: { values },
    layer: [
      {
        data: { values: [{}] },
        mark: { type: 'rule', strokeDash: [4, 3], color: '#666' },
        encoding: { x: { datum: 0.8, type: 'quantitative' } },
      },
      {
        transform: [{ filter: 'isValid(datum.low)' }],
        mark: { type: 'rule', strokeWidth: 1.5, opacity: 0.7 },
        encoding: { y: y(first), x: { ...x(axis), field: 'low' }, x2: { field: 'high' }, color },
      },
      {
        mark: { type: 'point', size: 55, filled: false, strokeWidth: 1.8, opacity: 1 },
        encoding: { y: y(first), x: x(axis), color, shape },
      },
    ],
  });
  const start = rows.flatMap((row) => [
    ...drawn(row, KINDS[0]!, row.random),
    ...drawn(row, KINDS[1]!, row.predicted?.random),
    ...drawn(row, KINDS[2]!, row.aligned),
    ...drawn(row, KINDS[3]!, row.predicted?.aligned),
  ]);
  const wide = rows.flatMap((row) =>
    (row.widths?.at ?? []).flatMap((each) =>
      [...drawn(row, KINDS[0]!, each.random), ...drawn(row, KINDS[2]!, each.aligned)].map((point) => ({
        ...point,
        width: each.width,
      })),
    ),
  );
  const after = rows.flatMap((row) => [
    ...drawn(row, KINDS[0]!, row.after?.random),
    ...drawn(row, KINDS[2]!, row.after?.aligned),
  ]);
  const lazy = rows.flatMap(({ method, word, laziness }) =>
    laziness && laziness.value > 0 ? [{ method, word, value: laziness.value }] : [],
  );
  const learned = rows.flatMap((row) =>
    row.learned.map(({ layers, rate, failed, of }) => ({
      method: row.method,
      setting: `${layers} at ${rate}`,
      failed: failed / of,
      text: failed === 0 ? '' : failed === of ? 'fails' : `${failed}/${of}`,
    })),
  );
  const lazyPanel: VegaLiteSpec = {
    title: 'Laziness',
    width: 150,
    height: STEP,
    data: { values: lazy },
    layer: [
      {
        data: { values: [{}] },
        mark: { type: 'rule', strokeDash: [4, 3], color: '#666' },
        encoding: { x: { datum: 0.1, type: 'quantitative' } },
      },
      {
        mark: { type: 'point', size: 55, filled: true, opacity: 1 },
        encoding: {
          y: y(false),
          x: {
            field: 'value',
            type: 'quantitative',
            title: 'Beyond the linearised network',
            scale: { type: 'log' },
            axis: { values: [0.01, 0.1, 1, 10], gridColor: '#ddd' },
          },
          color,
        },
      },
    ],
  };
  const widths = [...new Set(wide.map(({ width }) => width))].toSorted((a, b) => a - b);
  const widePanel: VegaLiteSpec = {
    title: 'At other widths',
    width: 260,
    height: STEP,
    data: { values: wide },
    layer: [
      {
        data: { values: [{}] },
        mark: { type: 'rule', strokeDash: [4, 3], color: '#666' },
        encoding: { x: { datum: 0.8, type: 'quantitative' } },
      },
      {
        mark: { type: 'point', filled: false, strokeWidth: 1.4, opacity: 1 },
        encoding: {
          y: y(false),
          x: x('Exponent of N, fewer depths'),
          color,
          shape,
          size: {
            field: 'width',
            type: 'ordinal',
            title: 'Width',
            scale: { domain: widths, range: widths.map((_, k) => 16 + 45 * k) },
            legend: { orient: 'bottom', symbolStrokeColor: '#333' },
          },
        },
      },
    ],
  };
  const trainPanel: VegaLiteSpec = {
    title: 'Trains without warm-up',
    width: { step: 44 },
    height: STEP,
    data: { values: learned },
    encoding: {
      // Its cells say where rows are; lines would cross what they say.
      y: y(false, false),
      x: {
        field: 'setting',
        type: 'ordinal',
        title: 'Blocks and rate',
        sort: null,
        axis: { labelAngle: -40 },
      },
    },
    layer: [
      {
        mark: { type: 'rect', stroke: 'white' },
        encoding: {
          color: {
            field: 'failed',
            type: 'quantitative',
            scale: { domain: [0, 1], range: ['#cfe4f2', '#b04a00'], interpolate: 'rgb' },
            legend: null,
          },
        },
      },
      {
        mark: { type: 'text', fontSize: 10 },
        encoding: {
          text: { field: 'text', type: 'nominal' },
          color: { condition: { test: 'datum.failed > 0.6', value: 'white' }, value: 'black' },
        },
      },
    ],
  };
  return {
    ...FRAME,
    title: {
      text: 'How a change of the weights grows with depth, by residual method',
      subtitle:
        'Exponent p of D ~ N^p with 95 % intervals over networks; beyond the dashed line changes are amplified',
    },
    hconcat: [
      exponents(start, 'At the start', 'Exponent of N', true),
      ...(wide.length > 0 ? [widePanel] : []),
      ...(after.length > 0 ? [exponents(after, 'After training a little', 'Exponent of N', false)] : []),
      ...(lazy.length > 0 ? [lazyPanel] : []),
      ...(learned.length > 0 ? [trainPanel] : []),
    ],
    resolve: { scale: { y: 'shared', x: 'independent' } },
  };
};
