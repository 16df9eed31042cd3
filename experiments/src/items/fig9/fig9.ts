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
import { depthsOf } from '../../measure/points';

export const fig9: Item<DepthsSize, DepthPoint> = {
  name: 'fig9',
  paper: 'Figure 9 and table 2',
  states:
    'with warm-up, Post-LN trains at 6-6 layers and fails at 12-12 and 18-18; Admin and Pre-LN train at all, Admin lower, and lower the deeper',
  version: 1,
  presets: {
    small: {
      corpus: 'emoji-names',
      sentences: 4000,
      merges: 500,
      maxTokens: 256,
      depths: [6, 12, 18],
      width: 64,
      heads: 4,
      dropout: 0.1,
      updates: 300,
      every: 50,
      peak: 2e-3,
      warmup: 50,
    },
    paper: PAPER,
    minute: { ...MINUTE, warmup: 2 },
  },
  seeds: { small: 3, paper: 3, minute: 1 },
  point: depthPoint,
  corpora: ({ corpus }) => [corpus],
  cells: depthCells,
  run: trainAtDepth,
  verdict: (points) => {
    const [shallow, ...deeper] = depthsOf(points) as [number, ...number[]];
    const deepest = deeper.at(-1)!;
    const stable = (['preLN', 'admin'] as const).flatMap((method) =>
      [shallow, ...deeper].flatMap((depth) => atDepth(points, method, depth)),
    );
    const gained = apart(atDepth(points, 'admin', deepest), atDepth(points, 'admin', shallow));
    return [
      {
        claim: `${shallow}-${shallow}: Post-LN trains`,
        word: allTrain(atDepth(points, 'postLN', shallow)),
        found: came(atDepth(points, 'postLN', shallow)),
      },
      ...deeper.map((depth) => ({
        claim: `${depth}-${depth}: Post-LN fails`,
        word: allFail(atDepth(points, 'postLN', depth)),
        found: came(atDepth(points, 'postLN', depth)),
      })),
      { claim: 'Pre-LN and Admin train at all depths', word: allTrain(stable), found: came(stable) },
      ...[shallow, ...deeper].map((depth) => {
        const difference = apart(atDepth(points, 'admin', depth), atDepth(points, 'preLN', depth));
        return {
          claim: `${depth}-${depth}: Admin's held-out loss is below Pre-LN's`,
          word: judge(difference, { below: 0 }, { above: 0 }),
          found: `by ${shown(difference.map((nats) => -nats))} nats`,
        };
      }),
      {
        claim: `Admin's loss is lower at ${deepest}-${deepest} than at ${shallow}-${shallow}`,
        word: judge(gained, { below: 0 }, { above: 0 }),
        found: `by ${shown(gained.map((nats) => -nats))} nats`,
      },
    ];
  },
  figure: depthsFigure,
};
