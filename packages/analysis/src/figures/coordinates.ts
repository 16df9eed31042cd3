import type { CoordinateCheck } from '../measure/coordinateCheck';
import { OUTPUT } from '../measure/coordinates';
import { FRAME, HOLLOW, SCHEMA, series, type VegaLiteSpec } from './spec';

const BLOCKS = 'Blocks, all of a network';
const END = 'Output';

/**
 * The picture of `coordinateCheck`: size of the change since the start against the number of blocks, both axes
 * logarithmic, a line a number of updates (and width) through the means; blocks and output beside each other. Flat lines
 * are what carries learning rates from one depth to another.
 */
export const coordinateFigure = (
  { points, growth }: CoordinateCheck,
  title = 'Change of the activations since the start',
): VegaLiteSpec => {
  const widths = new Set(points.map(({ width }) => width));
  const labelOf = ({ update, width }: { readonly update: number; readonly width: number }): string =>
    `${update} ${update === 1 ? 'update' : 'updates'}${widths.size > 1 ? `, width ${width}` : ''}`;
  const values = points
    .filter(({ change }) => change > 0)
    .map((point) => ({
      label: labelOf(point),
      depth: point.depth,
      change: point.change,
      place: point.path === OUTPUT ? END : BLOCKS,
    }));
  const labels = [...new Set(values.map(({ label }) => label))];
  const { color, shape, strokeDash } = series('label', labels, 'After');
  const x = {
    field: 'depth',
    type: 'quantitative',
    title: 'Blocks',
    scale: { type: 'log', nice: false, padding: 8 },
  };
  const y = {
    field: 'change',
    type: 'quantitative',
    title: 'Change, root mean square',
    scale: { type: 'log' },
  };
  const exponents = growth
    .filter(({ of }) => of === 'output')
    .map(({ exponent, ...each }) => `${labelOf(each)} ${exponent.toFixed(2)}`);
  const { width: _, height: __, ...frame } = FRAME;
  return {
    $schema: SCHEMA,
    ...frame,
    title: {
      text: title,
      ...(exponents.length > 0
        ? { subtitle: `Power of the depth of the output's: ${exponents.join(', ')}` }
        : {}),
    },
    data: { values },
    facet: { column: { field: 'place', type: 'nominal', title: null, sort: [BLOCKS, END] } },
    spec: {
      width: 320,
      height: 300,
      layer: [
        {
          mark: { type: 'line', strokeWidth: 2 },
          encoding: { x, y: { ...y, aggregate: 'mean' }, color, strokeDash },
        },
        { mark: { type: 'point', ...HOLLOW }, encoding: { x, y, color, shape } },
      ],
    },
  };
};
