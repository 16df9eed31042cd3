import { readFileSync } from 'node:fs';
import type { VegaLiteSpec } from '@steadyformer/analysis';
import { framed } from './frame';
import { METHODS, type Method, methodColour, methodShape, type Palette } from './palette';

/** The figure that `steadyformer compare` drew of the runs: its labels hold the values. */
const FIGURE = new URL('../../../experiments/multi30k/curves.svg', import.meta.url);
const LABEL = /"Updates: ([\d,]+); Validation perplexity: ([\d.]+); Run: (\w+)"/g;

/** The steep beginning is left out, so that the curves are told apart. */
const FIRST = 1000;

interface Validation {
  readonly method: Method;
  readonly label: string;
  readonly update: number;
  readonly perplexity: number;
}

const validations = (): readonly Validation[] => {
  // A line is labelled as its first point is.
  const found = new Map<string, Validation>();
  for (const [text, update = '', perplexity, run] of readFileSync(FIGURE, 'utf8').matchAll(LABEL)) {
    const named = METHODS.find(({ method }) => method === run);
    if (named === undefined) throw new Error(`${FIGURE.pathname}: unknown run '${run}'`);
    const { method, label } = named;
    found.set(text, {
      method,
      label,
      update: Number(update.replace(',', '')),
      perplexity: Number(perplexity),
    });
  }
  return [...found.values()].filter(({ update }) => update >= FIRST);
};

const LABELS: Readonly<
  Record<Method, { readonly update: number; readonly dx: number; readonly dy: number }>
> = {
  postLN: { update: 1500, dx: 10, dy: -10 },
  preLN: { update: 2500, dx: 8, dy: -24 },
  admin: { update: 1500, dx: -20, dy: 34 },
};

/** Validation perplexity of three methods while they learn Multi30k. */
export const learning = (palette: Palette): VegaLiteSpec => {
  const values = validations();
  const x = {
    field: 'update',
    type: 'quantitative',
    title: 'Updates',
    scale: { domain: [FIRST, Math.max(...values.map(({ update }) => update))], nice: false },
    axis: { tickCount: 6, format: ',d' },
  };
  const y = {
    field: 'perplexity',
    type: 'quantitative',
    title: 'Validation perplexity',
    scale: { zero: false },
    axis: { tickCount: 6 },
  };
  const color = methodColour(palette);
  return framed(palette, {
    width: 470,
    height: 260,
    layer: [
      { data: { values }, mark: { type: 'line', strokeWidth: 2 }, encoding: { x, y, color } },
      {
        data: { values },
        mark: { type: 'point', filled: true, opacity: 1, size: 56, stroke: palette.ground, strokeWidth: 1 },
        encoding: { x, y, color, shape: methodShape },
      },
      ...METHODS.map(({ method, label }) => ({
        data: { values: values.filter((v) => v.method === method && v.update === LABELS[method].update) },
        mark: { type: 'text', align: 'left', dx: LABELS[method].dx, dy: LABELS[method].dy },
        encoding: { x, y, color, text: { value: label } },
      })),
    ],
  });
};
