import { fitTheory, outputChangeFigure, type VegaLiteSpec } from '@steadyformer/analysis';
import { LABELS, METHODS, type Method } from '../../measure/methods';
import { panels } from '../../measure/panels';
import { inStylesOf } from '../../measure/styles';
import { curveOf, fitOf, type Kind, type Point } from './points';

type Checked = Parameters<typeof outputChangeFigure>[0][string];

/** The measured curve with the law that fits it best, and theory: predicted, or with its constant fitted. */
const checked = async (points: readonly Point[], kind: Kind, method: Method): Promise<Checked> => {
  const curve = curveOf(points, kind, method);
  const fit = await fitOf(curve);
  const changes = curve.at.map(({ depth, change }) => ({ depth, value: change.mean }));
  const { predictedConstant, ...theory } = fitTheory(changes, {
    inputChange: curve.inputChange,
    outputChange: curve.at.map(({ depth, predicted, diagonalSum }) => ({
      depth,
      change: predicted,
      diagonalSum,
    })),
  });
  return {
    points: curve.at.map(({ depth, change }) => ({
      blocks: depth / 2,
      depth,
      change,
      squaredNorm: change.mean,
    })),
    fit,
    theory:
      kind === 'random'
        ? { ...theory, predictedConstant }
        : { ...theory, points: theory.points.map((each) => ({ ...each, predicted: each.fitted })) },
    verdict: {
      class: fit.class,
      notation: fit.notation,
      word: fit.class === 'linear' || fit.class === 'superlinear' ? 'amplifies' : 'steady',
      sure: true,
      amplifies: fit.class === 'linear' || fit.class === 'superlinear',
      expected: [],
      text: '',
    },
  };
};

const panel = async (
  points: readonly Point[],
  kind: Kind,
  methods: readonly Method[],
  options: Parameters<typeof outputChangeFigure>[1],
): Promise<VegaLiteSpec> => {
  const checks: Record<string, Checked> = {};
  for (const method of methods) checks[LABELS[method]] = await checked(points, kind, method);
  return outputChangeFigure(checks, options);
};

/** Linear axes for all, and a logarithmic depth for those that should be lines there; a row a kind of step. */
export const figureOf = async (points: readonly Point[]): Promise<VegaLiteSpec> => {
  const steady = ['preLN', 'admin'] as const;
  const random = await panel(points, 'random', METHODS, { title: 'Random step' });
  const gradient = await panel(points, 'gradient', METHODS, { title: 'Gradient step' });
  return panels([
    random,
    inStylesOf(
      random,
      await panel(points, 'random', steady, { title: 'Random step, logarithmic depth', logDepth: true }),
    ),
    gradient,
    inStylesOf(
      gradient,
      await panel(points, 'gradient', steady, { title: 'Gradient step, logarithmic depth', logDepth: true }),
    ),
  ]);
};
