import type { OutputGradient } from '../measure/gradientNorms';
import type { UpdateNorm } from '../measure/updateNorms';
import { FRAME, HOLLOW, SCHEMA, series, type VegaLiteSpec } from './spec';

/**
 * Gradient norms of sub-layer outputs by depth (Liu et al. 2020, fig. 3), each over the largest of its network, on a
 * logarithmic axis; one colour, shape and dash a network or stack.
 */
export const gradientFigure = (
  networks: Readonly<Record<string, readonly Pick<OutputGradient, 'depth' | 'norm'>[]>>,
  title = 'Gradient norms of sub-layer outputs',
): VegaLiteSpec => {
  const { color, shape, strokeDash } = series('name', Object.keys(networks), 'Network');
  return {
    $schema: SCHEMA,
    ...FRAME,
    title,
    data: {
      values: Object.entries(networks).flatMap(([name, outputs]) => {
        const largest = Math.max(...outputs.map(({ norm }) => norm));
        return outputs
          .filter(({ norm }) => norm > 0)
          .map(({ depth, norm }) => ({ name, depth, relative: norm / largest }));
      }),
    },
    encoding: {
      x: { field: 'depth', type: 'quantitative', title: 'Sub-layer output i' },
      y: {
        field: 'relative',
        type: 'quantitative',
        title: 'Gradient norm / largest',
        scale: { type: 'log', nice: false, padding: 8 },
      },
    },
    layer: [
      { mark: { type: 'line', strokeWidth: 2 }, encoding: { color, strokeDash } },
      { mark: { type: 'point', ...HOLLOW }, encoding: { color, shape } },
    ],
  };
};

/** One parameter in the figure of updates against gradients. */
export interface UpdateAgainstGradient extends UpdateNorm {
  /** Norm of the parameter's gradient. */
  readonly gradient: number;
}

/** Update norm against gradient norm of every parameter (Liu et al. 2020, fig. 5), both over their largest. */
export const updatesFigure = (
  parameters: readonly UpdateAgainstGradient[],
  title = 'Updates against gradients',
): VegaLiteSpec => {
  const largest = (of: (p: UpdateAgainstGradient) => number): number => Math.max(...parameters.map(of));
  const [update, gradient] = [largest((p) => p.update), largest((p) => p.gradient)];
  const stackOf = ({ path }: UpdateAgainstGradient): string => path.split('.')[0]!;
  const { color, shape } = series('stack', [...new Set(parameters.map(stackOf))].sort(), 'Part');
  const axis = (field: string, label: string) => ({
    field,
    type: 'quantitative',
    title: label,
    scale: { type: 'log', nice: false, padding: 10 },
  });
  return {
    $schema: SCHEMA,
    ...FRAME,
    title,
    data: {
      values: parameters
        .filter((p) => p.update > 0 && p.gradient > 0)
        .map((p) => ({
          path: p.path,
          stack: stackOf(p),
          update: p.update / update,
          gradient: p.gradient / gradient,
        })),
    },
    mark: { type: 'point', ...HOLLOW },
    encoding: {
      x: axis('gradient', 'Gradient norm / largest'),
      y: axis('update', 'Update norm / largest'),
      color,
      shape,
    },
  };
};
