import { curvesFigure, type VegaLiteSpec } from '@steadyformer/analysis';
import { meanOf } from '../../framework/statistics';
import { panels } from '../../measure/panels';
import { depthsOf } from '../../measure/points';
import { LABELS, networks, type Point, STARTS } from './points';

/** Mean training curves of every start, a panel a depth. */
export const figureOf = (points: readonly Point[]): VegaLiteSpec =>
  panels(
    depthsOf(points).map((depth) => {
      const curves: Record<string, { update: number; value: number }[]> = {};
      for (const start of STARTS) {
        const own = networks(points, start, depth);
        const shortest = Math.min(...own.map(({ curve }) => curve.length));
        curves[LABELS[start]] = Array.from({ length: own.length === 0 ? 0 : shortest }, (_, i) => ({
          update: 10 * (i + 1),
          value: meanOf(own.map(({ curve }) => curve[i]!)),
        }));
      }
      return curvesFigure(curves, {
        title: `${depth} layers, mean of networks`,
        label: 'Negative log-likelihood a token (nats)',
        logarithmic: false,
      });
    }),
  );
