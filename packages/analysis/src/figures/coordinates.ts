import type { CoordinateCheck } from '../measure/coordinateCheck';
import { OUTPUT } from '../measure/coordinates';
import { FRAME, HOLLOW, SCHEMA, series, type VegaLiteSpec } from './spec';

const BLOCKS = 'Blocks, all of a network';
const END = 'Output';

/**
 * The picture of `coordinateCheck`: size of the change since the start against the number of blocks, both axes
 * logarithmic, a line a number of updates (and width) through the means; blocks and output beside each other, a row an
 * architecture. Flat lines are what carries learning rates from one depth to another.
 */
export const coordinateFigure = (
  checks: Readonly<Record<string, CoordinateCheck>>,
  title = 'Change of the activations since the start',
): VegaLiteSpec => {
  const names = Object.keys(checks);
  const widths = new Set(Object.values(checks).flatMap(({ points }) => points.map((point) => point.width)));
  const values = Object.entries(checks).flatMap(([architecture, { points }]) =>
    points
      .filter(({ change }) => change > 0)
      .map(({ update, width, depth, change, path }) => ({
        architecture,
        label: `${update} ${update === 1 ? 'update' : 'updates'}${widths.size > 1 ? `, width ${width}` : ''}`,
        depth,
        change,
        place: path === OUTPUT ? END : BLOCKS,
      })),
  );
  const labels = [...new Set(values.map(({ label }) => label))];
  const { color, shape, strokeDash } = series('label', labels, 'After');
  const x = {
    field: 'depth',
    type: 'quantitative',
    title: 'Blocks',
    scale: { type: 'log', nice: false, padding: 8 },
  };
  const y = { field: 'change', type: 'quantitative', scale: { type: 'log' } };
  const { width: _, height: __, ...frame } = FRAME;
  const header = { labelFontSize: 13 };
  return {
    $schema: SCHEMA,
    ...frame,
    title: { text: title, subtitle: 'Root mean square; lines through the means' },
    data: { values },
    facet: {
      column: { field: 'place', type: 'nominal', title: null, sort: [BLOCKS, END], header },
      ...(names.length > 1
        ? { row: { field: 'architecture', type: 'nominal', title: null, sort: names, header } }
        : {}),
    },
    spec: {
      width: 320,
      height: 300,
      layer: [
        {
          mark: { type: 'line', strokeWidth: 2 },
          encoding: { x, y: { ...y, aggregate: 'mean', title: 'Change' }, color, strokeDash },
        },
        {
          mark: { type: 'point', ...HOLLOW },
          encoding: { x, y: { ...y, title: 'Change' }, color, shape },
        },
      ],
    },
  };
};
