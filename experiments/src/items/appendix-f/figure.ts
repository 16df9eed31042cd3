import { curvesFigure, pointsFigure, type VegaLiteSpec } from '@steadyformer/analysis';
import { meanOf } from '../../framework/statistics';
import { LABELS } from '../../measure/methods';
import { panels } from '../../measure/panels';
import { COMPARED, networks, type Point, SHAPES, shapeText } from './points';

/** Mean training curves of each shape and method, and the change of its outputs at first by its branches. */
export const figureOf = (points: readonly Point[]): VegaLiteSpec => {
  const curves: Record<string, { update: number; value: number }[]> = {};
  const changes: Record<string, { depth: number; change: number }[]> = {};
  for (const method of COMPARED) {
    for (const shape of SHAPES) {
      const own = networks(points, shape, method);
      if (own.length === 0) continue;
      const shortest = Math.min(...own.map(({ curve }) => curve.length));
      curves[`${shapeText(points, shape)} ${LABELS[method]}`] = Array.from({ length: shortest }, (_, i) => ({
        update: 10 * (i + 1),
        value: meanOf(own.map(({ curve }) => curve[i]!)),
      }));
    }
    const at = SHAPES.flatMap((shape) => networks(points, shape, method));
    const all = (of: (p: Point) => number): { depth: number; change: number }[] =>
      at.map((each) => ({ depth: 2 * each.encoder + 3 * each.decoder, change: of(each) }));
    changes[`${LABELS[method]}, measured`] = all(({ measuredDecoder }) => measuredDecoder);
    changes[`${LABELS[method]}, predicted`] = all((p) => p.predictedEncoder + p.predictedDecoder);
  }
  return panels([
    curvesFigure(curves, {
      title: 'Training, mean of networks',
      label: 'NLL a token (nats)',
      logarithmic: false,
    }),
    pointsFigure(changes),
  ]);
};
