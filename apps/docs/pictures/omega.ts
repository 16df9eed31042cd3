import { readFileSync } from 'node:fs';
import type { VegaLiteSpec } from '@steadyformer/analysis';
import { framed } from './frame';
import type { Palette } from './palette';

interface Point {
  readonly seed: number;
  readonly depth: number;
  readonly omega: number;
  /** Of the profile that the authors published. */
  readonly authors: number;
}

const DATA = new URL('../../../experiments/results/profile.json', import.meta.url);

/** Admin's omega by sub-layer of an encoder of 100 blocks: ours, and the profile that the authors published. */
export const omega = (palette: Palette): VegaLiteSpec => {
  const { points }: { points: readonly Point[] } = JSON.parse(readFileSync(DATA, 'utf8'));
  const depths = [...new Set(points.map(({ depth }) => depth))];
  const values = depths.map((depth) => {
    const here = points.filter((point) => point.depth === depth);
    return {
      depth,
      authors: here[0]!.authors,
      omega: here.reduce((sum, point) => sum + point.omega, 0) / here.length,
    };
  });
  const x = { field: 'depth', type: 'quantitative', title: 'Encoder sub-layer i', axis: { tickCount: 5 } };
  const y = { type: 'quantitative', title: 'omega_i', axis: { tickCount: 5 } };
  const label = (text: string, field: string, depth: number, mark: Readonly<Record<string, unknown>>) => ({
    data: { values: values.filter((value) => value.depth === depth) },
    mark: { type: 'text', ...mark },
    encoding: { x, y: { ...y, field }, text: { value: text } },
  });
  return framed(palette, {
    width: 470,
    height: 250,
    layer: [
      {
        data: { values: values.filter((_, i) => i % 8 === 7 || i === 0) },
        mark: { type: 'point', filled: false, size: 62, strokeWidth: 1.5, color: palette.quiet },
        encoding: { x, y: { ...y, field: 'authors' } },
      },
      {
        data: { values },
        mark: { type: 'line', strokeWidth: 2, color: palette.admin },
        encoding: { x, y: { ...y, field: 'omega' } },
      },
      label('measured by profile()', 'omega', 110, { align: 'right', dx: -14, dy: -8, color: palette.admin }),
      label('published by the authors', 'authors', 200, {
        ...{ align: 'right', dy: 84, color: palette.quiet, fontWeight: 'normal' },
      }),
    ],
  });
};
