import { FRAME, SCHEMA, type VegaLiteSpec } from './spec';

type Beta = readonly (readonly number[])[];

const SIDE = 260;
const PER_ROW = 3;

/**
 * Layer dependency as heat maps beside each other, one a network (Liu et al. 2020, fig. 7 and 8): rows x_1 .. x_N
 * downwards, columns a_1 .. a_N, colour beta_ij on one scale for all.
 *
 * @param networks beta by name, rows as `predict` and `dependency` give them; the input's column 0 is not drawn.
 */
export const dependencyFigure = (
  networks: Readonly<Record<string, Beta>>,
  title = 'Layer dependency',
): VegaLiteSpec => ({
  $schema: SCHEMA,
  background: FRAME.background,
  config: FRAME.config,
  title,
  columns: PER_ROW,
  concat: Object.entries(networks).map(([name, beta]) => heatMap(name, beta)),
});

const heatMap = (name: string, beta: Beta): VegaLiteSpec => {
  const cells = beta.flatMap((row, i) =>
    row.slice(1).map((value, j) => ({ output: i + 1, branch: j + 1, beta: Math.round(value * 1e4) / 1e4 })),
  );
  // Some ten labels, however deep.
  const step = Math.max(1, Math.ceil(beta.length / 10));
  const values = beta.map((_, i) => i + 1).filter((i) => i % step === 0 || i === 1);
  const axis = (label: string) => ({ type: 'ordinal', axis: { title: label, values, labelAngle: 0 } });
  return {
    width: SIDE,
    height: SIDE,
    title: { text: name, anchor: 'middle' },
    data: { values: cells },
    mark: 'rect',
    encoding: {
      x: { field: 'branch', ...axis('Residual branch j') },
      y: { field: 'output', ...axis('Sub-layer output i') },
      color: { field: 'beta', type: 'quantitative', title: 'beta_ij', scale: { scheme: 'viridis' } },
    },
  };
};
