import { CHANGE_AXIS, FRAME, SCHEMA, type VegaLiteSpec } from './spec';

/** The output change after N residual branches. */
export interface DepthPoint {
  /** N */
  readonly depth: number;
  readonly change: number;
}

/** Points alone, for depths too few for a law: a colour and a shape an architecture, by the names given. */
export const pointsFigure = (points: Readonly<Record<string, readonly DepthPoint[]>>): VegaLiteSpec => {
  const values = Object.entries(points).flatMap(([label, list]) =>
    list.map(({ depth, change }) => ({ label, depth, change })),
  );
  const name = { field: 'label', type: 'nominal', sort: null, title: 'Architecture' };
  return {
    $schema: SCHEMA,
    ...FRAME,
    title: 'Output change by depth',
    data: { values },
    mark: { type: 'point', filled: true, size: 45 },
    encoding: {
      x: { field: 'depth', type: 'quantitative', title: 'Residual branches N', axis: { tickMinStep: 1 } },
      y: { field: 'change', type: 'quantitative', title: 'Output change D_N per element', axis: CHANGE_AXIS },
      color: name,
      shape: name,
    },
  };
};
