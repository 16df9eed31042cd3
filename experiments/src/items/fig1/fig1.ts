import type { Item } from '../../framework/item';
import { judge, shown } from '../../framework/statistics';
import {
  apart,
  atDepth,
  came,
  type DepthPoint,
  type DepthsSize,
  depthCells,
  depthPoint,
  depthsFigure,
  MINUTE,
  PAPER,
  trainAtDepth,
} from '../../measure/depths';
import { allFail, allTrain } from '../../measure/learning';
import { METHODS } from '../../measure/methods';
import { depthsOf } from '../../measure/points';

export const fig1: Item<DepthsSize, DepthPoint> = {
  name: 'fig1',
  paper: 'Figure 1',
  states:
    'of 6-6 layers all three methods train; of 18-18 layers Post-LN fails, and Admin comes to a lower perplexity than Pre-LN',
  version: 1,
  presets: {
    small: {
      corpus: 'emoji-names',
      sentences: 4000,
      merges: 500,
      maxTokens: 256,
      depths: [6, 18],
      width: 64,
      heads: 4,
      dropout: 0.1,
      updates: 300,
      every: 20,
      peak: 2e-3,
    },
    paper: { ...PAPER, depths: [6, 18] },
    minute: MINUTE,
  },
  seeds: { small: 3, paper: 3, minute: 1 },
  point: depthPoint,
  corpora: ({ corpus }) => [corpus],
  cells: depthCells,
  run: trainAtDepth,
  verdict: (points) => {
    const [shallow, deep] = depthsOf(points) as [number, number];
    const first = METHODS.flatMap((method) => atDepth(points, method, shallow));
    const [post, pre, own] = METHODS.map((method) => atDepth(points, method, deep)) as [
      DepthPoint[],
      DepthPoint[],
      DepthPoint[],
    ];
    const difference = apart(own, pre);
    return [
      { claim: `${shallow}-${shallow}: all methods train`, word: allTrain(first), found: came(first) },
      { claim: `${deep}-${deep}: Post-LN fails`, word: allFail(post), found: came(post) },
      { claim: `${deep}-${deep}: Pre-LN trains`, word: allTrain(pre), found: came(pre) },
      { claim: `${deep}-${deep}: Admin trains`, word: allTrain(own), found: came(own) },
      {
        claim: `${deep}-${deep}: Admin's held-out loss is below Pre-LN's`,
        word: judge(difference, { below: 0 }, { above: 0 }),
        found: `by ${shown(difference.map((nats) => -nats))} nats`,
      },
    ];
  },
  figure: depthsFigure,
};
