import { readFileSync } from 'node:fs';
import type { VegaLiteSpec } from '@steadyformer/analysis';
import { framed } from './frame';
import { METHODS, type Method, methodColour, type Palette } from './palette';

interface Point {
  readonly method: Method;
  readonly seed: number;
  readonly stack: 'encoder' | 'decoder';
  readonly depth: number;
  readonly norm: number;
}

const DATA = new URL('../../../experiments/results/fig3.json', import.meta.url);

const geometricMean = (values: readonly number[]): number =>
  Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);

/** Where the label of a line stands, by the sub-layer it is nearest to. */
const LABELS: Readonly<Record<Method, { readonly depth: number; readonly dy: number }>> = {
  postLN: { depth: 16, dy: 24 },
  preLN: { depth: 16, dy: -30 },
  admin: { depth: 30, dy: 20 },
};

/** Gradient norms of the outputs of a decoder's sub-layers over that of its last, mean of all networks of a method. */
export const gradients = (palette: Palette): VegaLiteSpec => {
  const { points }: { points: readonly Point[] } = JSON.parse(readFileSync(DATA, 'utf8'));
  const decoders = points.filter(({ stack }) => stack === 'decoder');
  const deepest = Math.max(...decoders.map(({ depth }) => depth));
  const last = (of: Point): number =>
    decoders.find((p) => p.method === of.method && p.seed === of.seed && p.depth === deepest)!.norm;
  const values = METHODS.flatMap(({ method, label }) =>
    Array.from({ length: deepest + 1 }, (_, depth) => {
      const here = decoders.filter((point) => point.method === method && point.depth === depth);
      return { label, method, depth, relative: geometricMean(here.map((point) => point.norm / last(point))) };
    }),
  );
  const x = {
    field: 'depth',
    type: 'quantitative',
    title: 'Output of decoder sub-layer i',
    scale: { domain: [0, deepest], nice: false },
    axis: { values: [0, 9, 18, 27, 36, 45, 54] },
  };
  const y = {
    field: 'relative',
    type: 'quantitative',
    title: 'Gradient norm, relative',
    scale: { type: 'log', domain: [0.015, 2.5], nice: false },
    axis: { values: [0.02, 0.05, 0.1, 0.2, 0.5, 1, 2], format: '~g' },
  };
  const color = methodColour(palette);
  return framed(palette, {
    width: 470,
    height: 260,
    layer: [
      { data: { values }, mark: { type: 'line', strokeWidth: 2 }, encoding: { x, y, color } },
      ...METHODS.map(({ method, label }) => ({
        data: { values: values.filter((v) => v.method === method && v.depth === LABELS[method].depth) },
        mark: { type: 'text', align: 'left', dy: LABELS[method].dy },
        encoding: { x, y, color, text: { value: label } },
      })),
    ],
  });
};
