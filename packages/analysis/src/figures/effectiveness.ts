import type { LayerEffectiveness } from '../measure/layerEffectiveness';
import { FRAME, HOLLOW, SCHEMA, series, type VegaLiteSpec } from './spec';

const HEIGHT = 180;

/**
 * Layer effectiveness by depth, above the angle by which each layer turns the stream, below the change of the model's output
 * without it; one colour, shape and dash a network or stack.
 */
export const effectivenessFigure = (
  networks: Readonly<Record<string, readonly LayerEffectiveness[]>>,
  title = 'Layer effectiveness',
): VegaLiteSpec => {
  const { color, shape, strokeDash } = series('name', Object.keys(networks), 'Network');
  const values = Object.entries(networks).flatMap(([name, layers]) =>
    layers.map(({ depth, path, angle, outputChange }) => ({ name, depth, path, angle, outputChange })),
  );
  const panel = (field: string, label: string): VegaLiteSpec => ({
    width: FRAME.width,
    height: HEIGHT,
    encoding: {
      x: { field: 'depth', type: 'quantitative', title: 'Layer i', axis: { tickMinStep: 1 } },
      y: { field, type: 'quantitative', title: label },
    },
    layer: [
      { mark: { type: 'line', strokeWidth: 2 }, encoding: { color, strokeDash } },
      { mark: { type: 'point', ...HOLLOW }, encoding: { color, shape } },
    ],
  });
  return {
    $schema: SCHEMA,
    background: FRAME.background,
    config: FRAME.config,
    title,
    data: { values },
    vconcat: [panel('angle', 'Angle / pi'), panel('outputChange', "|y' - y| / |y| without it")],
  };
};
