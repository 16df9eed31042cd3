import { updateNorms } from '@steadyformer/analysis';
import { adam, sgd as plain, stateDict, type UpdateRule } from '@steadyformer/core';
import { grid, type Item } from '../../framework/item';
import { lowOverHigh } from '../../measure/blocks';
import { type LearningSize, learn } from '../../measure/learning';
import { methodNamed } from '../../measure/methods';
import { withModel } from '../../measure/model';
import { textOf } from '../../measure/text';
import { figureOf } from './figure';
import { COMPARED, type Compared, type Point, point, RULES, type Rule } from './points';
import { claimsOf } from './verdict';

interface Size extends LearningSize {
  readonly depth: number;
  readonly rates: Readonly<Record<Rule, readonly number[]>>;
  readonly warmup: number;
}

const MADE: Readonly<Record<Rule, () => UpdateRule>> = {
  sgd: () => plain({ momentum: 0.9 }),
  adam: () => adam(),
};

export const sgd: Item<Size, Point> = {
  name: 'sgd',
  paper: 'The section on unbalanced gradients',
  states:
    'SGD leaves the lower blocks of a Post-LN decoder behind, whose gradients vanish, and trains badly; Adam moves all alike',
  version: 1,
  presets: {
    small: {
      corpus: 'emoji-names',
      sentences: 4000,
      merges: 500,
      maxTokens: 256,
      depth: 6,
      width: 64,
      heads: 4,
      dropout: 0.1,
      rates: { sgd: [0.03, 0.1, 0.3, 1, 3], adam: [5e-4, 1e-3, 2e-3, 4e-3] },
      warmup: 30,
      updates: 200,
      every: 20,
    },
    paper: {
      corpus: 'wmt14-en-de',
      sentences: 4_500_000,
      merges: 32_000,
      maxTokens: 32_768,
      depth: 6,
      width: 512,
      heads: 8,
      dropout: 0.1,
      rates: { sgd: [0.01, 0.03, 0.1, 0.3, 1], adam: [2e-4, 5e-4, 1e-3, 2e-3] },
      warmup: 8000,
      updates: 100_000,
      every: 5000,
    },
    minute: {
      corpus: 'emoji-names',
      sentences: 40,
      merges: 50,
      maxTokens: 64,
      depth: 3,
      width: 16,
      heads: 2,
      dropout: 0.1,
      rates: { sgd: [0.1], adam: [1e-2] },
      warmup: 2,
      updates: 6,
      every: 6,
    },
  },
  seeds: { small: 3, paper: 3, minute: 1 },
  point,
  corpora: ({ corpus }) => [corpus],
  // All rates in one cell: starting a process takes as long as some of the trainings.
  cells: (_, seeds) => grid({ seed: seeds, method: COMPARED, rule: RULES }),
  run: async ({ values }, { size, corpus }) => {
    const { method, rule, seed } = values as {
      readonly method: Compared;
      readonly rule: Rule;
      readonly seed: number;
    };
    const text = await textOf(corpus(size.corpus), size);
    const points: Point[] = [];
    for (const rate of size.rates[rule]) {
      const found = await withModel(text, size, methodNamed(method), seed, async ({ model }) => {
        const before = await stateDict(model);
        const settings = { peak: rate, warmup: size.warmup, seed, rule: MADE[rule] };
        const learned = await learn(model, text, size, settings);
        if (learned.diverged) return { ...learned, moved: null };
        const norms = updateNorms(before, await stateDict(model)).filter(
          ({ path }) => before[path]!.shape.length === 2,
        );
        return { ...learned, moved: lowOverHigh(norms, 'decoder', ({ update }) => update) };
      });
      points.push({ method, rule, rate, seed, ...found });
    }
    return points;
  },
  verdict: claimsOf,
  figure: figureOf,
};
