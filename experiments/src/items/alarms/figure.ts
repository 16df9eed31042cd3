import { type VegaLiteSpec, WATCH_THRESHOLDS } from '@steadyformer/analysis';
import { FRAME, panels } from '../../measure/panels';
import { isHealthy } from './outcome';
import { KINDS, type Kind, type Point } from './points';
import { type Harmed, harmedOf, sweepOf } from './rates';

const SERIES = [
  'healthy networks, warned',
  'harmed networks, warned before',
  'harmed networks, warned',
] as const;

/** A panel a signal: what share of networks each threshold warns in. A rule stands at the default. */
const panelOf = (
  points: readonly Point[],
  harmed: readonly Harmed[],
  kind: Kind,
  last: boolean,
): VegaLiteSpec => {
  const healthy = points.filter(isHealthy).length;
  const values = sweepOf(points, kind, harmed).flatMap(({ threshold, falseAlarms, before, seen }) => [
    { threshold, share: falseAlarms / healthy, of: SERIES[0] },
    { threshold, share: before / Math.max(1, harmed.length), of: SERIES[1] },
    { threshold, share: seen / Math.max(1, harmed.length), of: SERIES[2] },
  ]);
  const { initial, warns } = WATCH_THRESHOLDS[kind];
  return {
    ...FRAME,
    width: 220,
    height: 150,
    title: kind,
    layer: [
      {
        data: { values },
        mark: { type: 'line', interpolate: 'step-after' },
        encoding: {
          x: {
            field: 'threshold',
            type: 'quantitative',
            title: `Threshold, warns ${warns}`,
            scale: { type: 'log' },
          },
          y: { field: 'share', type: 'quantitative', title: 'Share', scale: { domain: [0, 1] } },
          color: {
            field: 'of',
            type: 'nominal',
            title: null,
            scale: { domain: [...SERIES], range: ['#b04a00', '#0b5fa5', '#7fb3d5'] },
            ...(last ? {} : { legend: null }),
          },
          strokeDash: {
            field: 'of',
            type: 'nominal',
            scale: {
              domain: [...SERIES],
              range: [
                [1, 0],
                [1, 0],
                [4, 3],
              ],
            },
            ...(last ? { title: null } : { legend: null }),
          },
        },
      },
      {
        data: { values: [{ threshold: initial }] },
        mark: { type: 'rule', color: '#555' },
        encoding: { x: { field: 'threshold', type: 'quantitative' } },
      },
    ],
  };
};

export const figureOf = (points: readonly Point[]): VegaLiteSpec => {
  const harmed = harmedOf(points);
  const all = KINDS.map((kind, i) => panelOf(points, harmed, kind, i === KINDS.length - 1));
  return {
    ...panels(all, 3),
    title: {
      text: 'What each threshold of watch warns of',
      subtitle: 'Share of the networks in which it warns at some look; the vertical line is the default',
    },
  };
};
