import type { VegaLiteSpec } from '@steadyformer/analysis';
import { meanOf } from '../../framework/statistics';
import { endOf, hasFailed } from '../../measure/learning';
import { LABELS, METHODS } from '../../measure/methods';
import { FRAME, panels } from '../../measure/panels';
import { networks, type Point, settingsOf } from './points';

/** A map a method: depth against learning rate, how many networks fail, and the mean held-out perplexity. */
export const figureOf = (points: readonly Point[]): VegaLiteSpec => {
  const maps = METHODS.map((method, i): VegaLiteSpec => {
    const values = settingsOf(points).flatMap((setting) => {
      const own = networks(points, method, setting);
      if (own.length === 0) return [];
      const failed = own.filter(hasFailed).length;
      const perplexity = Math.exp(meanOf(own.map(endOf)));
      return [{ ...setting, failed: failed / own.length, text: perplexity.toFixed(perplexity < 10 ? 1 : 0) }];
    });
    return {
      ...FRAME,
      width: 250,
      height: 230,
      title: LABELS[method],
      data: { values },
      encoding: {
        x: { field: 'rate', type: 'ordinal', title: 'Peak learning rate', axis: { labelAngle: 0 } },
        y: { field: 'depth', type: 'ordinal', title: 'Blocks of each stack', sort: 'descending' },
      },
      layer: [
        {
          mark: { type: 'rect', stroke: 'white', strokeWidth: 2 },
          encoding: {
            color: {
              field: 'failed',
              type: 'quantitative',
              title: 'Share failed',
              scale: { domain: [0, 1], range: ['#cfe4f2', '#b04a00'], interpolate: 'rgb' },
              ...(i === METHODS.length - 1 ? {} : { legend: null }),
            },
          },
        },
        {
          mark: { type: 'text', fontSize: 13 },
          encoding: {
            text: { field: 'text', type: 'nominal' },
            color: { condition: { test: 'datum.failed > 0.6', value: 'white' }, value: 'black' },
          },
        },
      ],
    };
  });
  return {
    ...panels(maps, METHODS.length),
    title: {
      text: 'Networks that fail, by depth and learning rate without warm-up',
      subtitle: 'In each field the geometric mean of held-out perplexity at the end',
    },
  };
};
