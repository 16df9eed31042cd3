import { FRAME, SCHEMA, type VegaLiteSpec } from './spec';

/**
 * Layer dependency as a heat map (Liu et al. 2020, fig. 7 and 8): rows x_1 .. x_N downwards, columns a_1 .. a_N,
 * colour beta_ij.
 *
 * @param beta rows as `predict` and `dependency` give them; the input's column 0 is not drawn.
 */
export const dependencyFigure = (
  beta: readonly (readonly number[])[],
  title = 'Layer dependency',
): VegaLiteSpec => {
  const branches = beta.length;
  const cells = beta.flatMap((row, i) =>
    row.slice(1).map((value, j) => ({ output: i + 1, branch: j + 1, beta: Math.round(value * 1e4) / 1e4 })),
  );
  // Some twelve labels, however deep.
  const step = Math.max(1, Math.ceil(branches / 12));
  const values = Array.from({ length: branches }, (_, i) => i + 1).filter((i) => i % step === 0 || i === 1);
  const axis = (title: string) => ({ type: 'ordinal', axis: { title, values, labelAngle: 0 } });
  return {
    $schema: SCHEMA,
    ...FRAME,
    width: 340,
    height: 340,
    title,
    data: { values: cells },
    mark: 'rect',
    encoding: {
      x: { field: 'branch', ...axis('Residual branch j') },
      y: { field: 'output', ...axis('Sub-layer output i') },
      color: { field: 'beta', type: 'quantitative', title: 'beta_ij', scale: { scheme: 'viridis' } },
    },
  };
};
