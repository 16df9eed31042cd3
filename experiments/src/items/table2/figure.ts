import type { VegaLiteSpec } from '@steadyformer/analysis';
import { LABELS } from '../../measure/methods';
import { FRAME } from '../../measure/panels';
import { corporaOf, leaning, type Point } from './points';

/** BLEU of each run against how its model leans on its own branches, a panel a text. */
const panel = (points: readonly Point[], corpus: string): VegaLiteSpec => {
  const values = points
    .filter((each) => each.corpus === corpus && !each.diverged)
    .map((each) => ({ method: LABELS[each.method], beta: leaning(each), bleu: each.bleu }));
  const domain = Object.values(LABELS);
  return {
    title: corpus,
    width: 300,
    height: 300,
    data: { values },
    mark: { type: 'point', filled: false, size: 110, strokeWidth: 2 },
    encoding: {
      x: { field: 'beta', type: 'quantitative', title: 'Mean beta_ii', scale: { zero: false } },
      y: { field: 'bleu', type: 'quantitative', title: 'BLEU of test text', scale: { zero: false } },
      color: {
        field: 'method',
        type: 'nominal',
        title: 'Method',
        scale: { domain, range: ['#0072B2', '#D55E00', '#009E73'] },
      },
      shape: {
        field: 'method',
        type: 'nominal',
        title: 'Method',
        scale: { domain, range: ['circle', 'square', 'triangle-up'] },
      },
    },
  };
};

export const figureOf = (points: readonly Point[]): VegaLiteSpec => {
  return { ...FRAME, concat: corporaOf(points).map((corpus) => panel(points, corpus)) };
};
