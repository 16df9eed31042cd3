import type { VegaLiteSpec } from '@steadyformer/analysis';
import { meanOf } from '../../framework/statistics';
import { LABELS, METHODS, type Method } from '../../measure/methods';
import { FRAME } from '../../measure/panels';
import { distinct } from '../../measure/points';
import { hasDiverged, lossOf, type Point } from './points';

const CELL = 64;

/** The grid of a method: colour the held-out loss, mean of seeds; in the cell how many diverged. */
const map = (points: readonly Point[], method: Method): VegaLiteSpec => {
  const own = points.filter((each) => each.method === method);
  const values = distinct(own.map(({ rate }) => rate)).flatMap((rate) =>
    distinct(own.map(({ beta2 }) => beta2)).map((beta2) => {
      const cells = own.filter((each) => each.rate === rate && each.beta2 === beta2);
      const count = cells.filter(hasDiverged).length;
      const loss = Math.round(meanOf(cells.map(lossOf)) * 1e3) / 1e3;
      return {
        rate,
        beta2,
        loss,
        said: count === 0 ? loss.toFixed(2) : `${count} of ${cells.length}\ndiverged`,
      };
    }),
  );
  const axis = (title: string, format: string, sort: string) => ({
    type: 'ordinal',
    sort,
    axis: { title, labelAngle: 0, format },
  });
  return {
    width: { step: 1.4 * CELL },
    height: { step: CELL },
    title: { text: LABELS[method], anchor: 'middle' },
    data: { values },
    encoding: {
      x: { field: 'beta2', ...axis('beta2', '~g', 'ascending') },
      y: { field: 'rate', ...axis('Learning rate', '~g', 'descending') },
    },
    layer: [
      {
        mark: 'rect',
        encoding: {
          color: {
            field: 'loss',
            type: 'quantitative',
            title: 'Held-out loss (nats)',
            legend: { titleLimit: 0 },
            scale: { scheme: 'viridis', reverse: true, zero: false },
          },
        },
      },
      {
        // Legible on every colour.
        mark: {
          type: 'text',
          fontSize: 12,
          lineBreak: '\n',
          stroke: 'white',
          strokeWidth: 3,
          strokeOpacity: 0.8,
        },
        encoding: { text: { field: 'said' } },
      },
      { mark: { type: 'text', fontSize: 12, lineBreak: '\n' }, encoding: { text: { field: 'said' } } },
    ],
  };
};

export const figureOf = (points: readonly Point[]): VegaLiteSpec => {
  return {
    ...FRAME,
    title: 'No warm-up: held-out loss by learning rate and beta2',
    concat: METHODS.map((method) => map(points, method)),
    resolve: { scale: { color: 'shared' } },
  };
};
