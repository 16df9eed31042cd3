import type { VegaLiteSpec } from '@steadyformer/analysis';
import { meanOf } from '../../framework/statistics';
import { FRAME, panels } from '../../measure/panels';
import { depthsOf } from '../../measure/points';
import { LABELS, METHODS, type Point } from './points';

const COLOURS = ['#D55E00', '#0072B2', '#009E73', '#CC79A7'];
const SHAPES = ['circle', 'square', 'triangle-up', 'diamond'];
const DASHES = [
  [1, 0],
  [6, 3],
  [2, 2],
  [8, 2, 2, 2],
];

/** A panel a depth: the loss at the end over that of the unigrams, against the rate over the limit. */
export const figureOf = (points: readonly Point[]): VegaLiteSpec => {
  const depths = depthsOf(points);
  const domain = METHODS.map((method) => LABELS[method]);
  const drawn = depths.map((depth): VegaLiteSpec => {
    const values = METHODS.flatMap((method) => {
      const own = points.filter((each) => each.method === method && each.depth === depth);
      const factors = own[0]?.runs.map(({ factor }) => factor) ?? [];
      return factors.flatMap((factor) => {
        const ends = own.map(({ runs, unigram }) => {
          const end = runs.find((run) => run.factor === factor)!.end;
          return end === null ? null : end - unigram;
        });
        const finite = ends.filter((end) => end !== null);
        return finite.length === 0
          ? []
          : [{ method: LABELS[method], factor, value: Math.min(3, meanOf(finite)) }];
      });
    });
    const scale = (range: readonly unknown[]) => ({ domain, range });
    return {
      ...FRAME,
      width: 320,
      height: 260,
      title: `${depth} blocks`,
      data: { values },
      layer: [
        {
          mark: { type: 'rule', color: '#777', strokeDash: [4, 4] },
          data: { values: [{ value: 0 }] },
          encoding: { y: { field: 'value', type: 'quantitative' } },
        },
        {
          mark: { type: 'line', point: { filled: true, size: 55 } },
          encoding: {
            x: {
              field: 'factor',
              type: 'quantitative',
              title: 'Learning rate over the limit of one step',
              scale: { type: 'log', base: 2, nice: false },
              axis: { values: [...new Set(values.map(({ factor }) => factor))], format: 'd' },
            },
            y: {
              field: 'value',
              type: 'quantitative',
              title: "Loss at the end less the unigrams', nats",
              scale: { zero: false },
            },
            color: { field: 'method', type: 'nominal', title: 'Method', scale: scale(COLOURS) },
            shape: { field: 'method', type: 'nominal', title: 'Method', scale: scale(SHAPES) },
            strokeDash: { field: 'method', type: 'nominal', title: 'Method', scale: scale(DASHES) },
          },
        },
      ],
    };
  });
  return panels(drawn);
};
