import { readFileSync } from 'node:fs';
import type { VegaLiteSpec } from '@steadyformer/analysis';
import { framed } from './frame';
import type { Palette } from './palette';

const README = new URL('../../../packages/backend-onnxruntime/README.md', import.meta.url);
const HEAD = '| operation | this package | tfjs wasm | tfjs cpu |';
const BACKENDS = ['this package', 'tfjs wasm', 'tfjs cpu'] as const;

/** The measured table of the README: milliseconds of processor time by operation and backend. */
const measured = (): readonly { operation: string; backend: string; ms: number }[] => {
  const table = readFileSync(README, 'utf8').split(HEAD)[1]?.split('\n\n')[0];
  if (table === undefined) throw new Error(`${README.pathname}: no table '${HEAD}'`);
  const rows = table.trim().split('\n').slice(1);
  return rows.flatMap((row) => {
    const [operation = '', ...times] = row
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim());
    return times.flatMap((time, i) =>
      time === '' ? [] : [{ operation, backend: BACKENDS[i]!, ms: Number(time) }],
    );
  });
};

/** Times of operations on three backends, on a logarithmic axis. */
export const speeds = (palette: Palette): VegaLiteSpec => {
  const values = measured();
  const y = {
    field: 'operation',
    type: 'nominal',
    sort: null,
    title: null,
    axis: {
      labelLimit: 0,
      ticks: false,
      domain: false,
      labelPadding: 12,
      labelExpr: "split(datum.label, regexp(', the | (?=with )'))",
    },
  };
  const x = {
    field: 'ms',
    type: 'quantitative',
    title: 'Milliseconds of processor time (logarithmic)',
    scale: { type: 'log', domain: [0.1, 1000], nice: false },
    axis: { grid: true, values: [0.1, 1, 10, 100, 1000], format: '~g' },
  };
  const by = (range: readonly string[]) => ({
    field: 'backend',
    type: 'nominal',
    scale: { domain: BACKENDS, range },
    legend: { title: null, orient: 'top', symbolSize: 110 },
  });
  const color = by([palette.text, palette.quiet, palette.quiet]);
  return framed(palette, {
    width: 370,
    height: 270,
    // Letters are measured too wide where there is no canvas.
    autosize: 'none',
    padding: { left: 240, right: 24, top: 40, bottom: 56 },
    layer: [
      {
        data: { values },
        mark: { type: 'line', color: palette.grid, strokeWidth: 3 },
        encoding: { x, y, detail: { field: 'operation' } },
      },
      {
        data: { values },
        mark: { type: 'point', filled: true, opacity: 1, size: 120 },
        encoding: { x, y, color, shape: by(['circle', 'square', 'triangle-up']) },
      },
    ],
  });
};
