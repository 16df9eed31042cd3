import type { RateAtDepth } from '../solve/rateTransfer';
import { FRAME, HOLLOW, SCHEMA, series, type VegaLiteSpec } from './spec';

/** Rates of one architecture by depth. */
export interface RatesOfDepths {
  readonly measured: readonly RateAtDepth[];
  /** As `rateTransfer` gives them. Default none. */
  readonly predicted?: readonly RateAtDepth[];
}

/**
 * Learning rates against the number of blocks, both axes logarithmic: points as `criticalRate` measures them, lines as
 * `rateTransfer` predicts them from the shallowest. A flat line is a rate that carries over.
 */
export const ratesFigure = (
  rates: Readonly<Record<string, RatesOfDepths>>,
  title = 'Largest steady learning rate by depth',
): VegaLiteSpec => {
  const names = Object.keys(rates);
  const valuesOf = (of: keyof RatesOfDepths): readonly object[] =>
    Object.entries(rates).flatMap(([label, own]) =>
      (own[of] ?? []).map(({ depth, rate }) => ({ label, depth, rate })),
    );
  const { color, shape, strokeDash } = series('label', names, 'Architecture');
  const x = {
    field: 'depth',
    type: 'quantitative',
    title: 'Blocks',
    scale: { type: 'log', base: 2, nice: false, padding: 8 },
  };
  const y = {
    field: 'rate',
    type: 'quantitative',
    title: 'Learning rate',
    scale: { type: 'log' },
    axis: { format: '.0e' },
  };
  return {
    $schema: SCHEMA,
    ...FRAME,
    title: { text: title, subtitle: 'Points measured, lines predicted from the shallowest' },
    layer: [
      {
        data: { values: valuesOf('predicted') },
        mark: { type: 'line', strokeWidth: 2 },
        encoding: { x, y, color, strokeDash },
      },
      {
        data: { values: valuesOf('measured') },
        mark: { type: 'point', ...HOLLOW },
        encoding: { x, y, color, shape },
      },
    ],
  };
};
