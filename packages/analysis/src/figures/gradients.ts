import type { OutputGradient } from '../measure/gradientNorms';
import type { UpdateNorm } from '../measure/updateNorms';
import { FRAME, SCHEMA, type VegaLiteSpec } from './spec';

/**
 * Gradient norms of sub-layer outputs by depth (Liu et al. 2020, fig. 3), each over the largest of its network, on a
 * logarithmic axis; one line a network or stack.
 */
export const gradientFigure = (
  networks: Readonly<Record<string, readonly Pick<OutputGradient, 'depth' | 'norm'>[]>>,
  title = 'Gradient norms of sub-layer outputs',
): VegaLiteSpec => ({
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
  mark: { type: 'line', point: true },
  encoding: {
    x: { field: 'depth', type: 'quantitative', title: 'Sub-layer output i' },
    y: {
      field: 'relative',
      type: 'quantitative',
      title: 'Gradient norm / largest',
      scale: { type: 'log', nice: false },
    },
    color: { field: 'name', type: 'nominal', sort: null, title: 'Network' },
  },
});

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
          stack: p.path.split('.')[0],
          update: p.update / update,
          gradient: p.gradient / gradient,
        })),
    },
    mark: { type: 'point', filled: true, opacity: 0.7 },
    encoding: {
      x: axis('gradient', 'Gradient norm / largest'),
      y: axis('update', 'Update norm / largest'),
      color: { field: 'stack', type: 'nominal', title: 'Part' },
    },
  };
};
