import { curvesFigure, dependencyFigure, type VegaLiteSpec } from '@steadyformer/analysis';
import { meanOf } from '../../framework/statistics';
import { LABELS, type Method } from '../../measure/methods';
import { panels } from '../../measure/panels';
import { depthsOf } from '../../measure/points';
import { MOMENTS, of, type Point } from './points';

/** The heat maps of the first seed, a row a network, and omega's drift below. */
export const figureOf = (points: readonly Point[]): VegaLiteSpec => {
  const [shallow, deep] = depthsOf(points) as [number, number];
  const networks: readonly (readonly [Method, number])[] = [
    ['postLN', shallow],
    ['preLN', shallow],
    ['admin', deep],
    ['preLN', deep],
  ];
  const maps: Record<string, Point['beta']> = {};
  for (const [method, depth] of networks) {
    for (const at of MOMENTS) {
      const [network] = of(points, method, depth, at);
      if (network) maps[`${LABELS[method]}, ${depth} layers, update ${network.update}`] = network.beta;
    }
  }
  const drift: Record<string, { update: number; value: number }[]> = {};
  const first = of(points, 'admin', deep, 'first');
  for (const at of MOMENTS.slice(1)) {
    const now = of(points, 'admin', deep, at);
    drift[`update ${now[0]!.update}`] = now[0]!.omega.map((_, i) => ({
      update: i + 1,
      value: meanOf(now.map(({ omega }, k) => omega[i]! / first[k]!.omega[i]!)),
    }));
  }
  const omega = curvesFigure(drift, {
    title: `Omega over its value before training, Admin, ${deep} layers`,
    label: 'omega_i / omega_i at first',
    xLabel: 'Encoder sub-layer i',
    logarithmic: false,
  });
  return panels([dependencyFigure(maps, 'Layer dependency of encoders'), omega], 1);
};
