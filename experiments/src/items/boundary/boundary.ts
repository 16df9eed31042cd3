import { radam } from '@steadyformer/core';
import { grid, type Item } from '../../framework/item';
import { type LearningSize, learn } from '../../measure/learning';
import { METHODS, type Method, methodNamed } from '../../measure/methods';
import { withModel } from '../../measure/model';
import { textOf } from '../../measure/text';
import { figureOf } from './figure';
import { type Point, point } from './points';
import { claimsOf } from './verdict';

interface Size extends LearningSize {
  readonly depths: readonly number[];
  /** Peak learning rates, at once; they fall linearly to 0. */
  readonly rates: readonly number[];
}

export const boundary: Item<Size, Point> = {
  name: 'boundary',
  paper: 'Table 2 and figure 10, as a map',
  states:
    'deep Post-LN fails, and without warm-up shallow Post-LN does at large learning rates; Pre-LN and Admin train',
  version: 1,
  presets: {
    small: {
      corpus: 'emoji-names',
      sentences: 4000,
      merges: 500,
      maxTokens: 256,
      depths: [3, 6, 12, 18],
      rates: [1e-3, 2e-3, 4e-3, 8e-3],
      width: 64,
      heads: 4,
      dropout: 0.1,
      updates: 150,
      every: 50,
    },
    paper: {
      corpus: 'wmt14-en-de',
      sentences: 4_500_000,
      merges: 32_000,
      maxTokens: 32_768,
      depths: [6, 12, 18],
      rates: [1e-4, 2e-4, 5e-4, 1e-3, 2e-3],
      width: 512,
      heads: 8,
      dropout: 0.1,
      updates: 100_000,
      every: 5000,
    },
    minute: {
      corpus: 'emoji-names',
      sentences: 40,
      merges: 50,
      maxTokens: 64,
      depths: [1, 2],
      rates: [1e-2],
      width: 16,
      heads: 2,
      dropout: 0.1,
      updates: 6,
      every: 6,
    },
  },
  seeds: { small: 3, paper: 3, minute: 1 },
  point,
  corpora: ({ corpus }) => [corpus],
  // All rates in one cell: starting a process takes as long as some of the trainings.
  cells: ({ depths }, seeds) => grid({ seed: seeds, depth: depths, method: METHODS }),
  run: async ({ values }, { size, corpus }) => {
    const { depth, method, seed } = values as {
      readonly depth: number;
      readonly method: Method;
      readonly seed: number;
    };
    const text = await textOf(corpus(size.corpus), size);
    const points: Point[] = [];
    for (const rate of size.rates) {
      const learned = await withModel(text, { ...size, depth }, methodNamed(method), seed, ({ model }) =>
        learn(model, text, size, { peak: rate, seed, rule: () => radam() }),
      );
      points.push({ method, depth, rate, seed, ...learned });
    }
    return points;
  },
  verdict: claimsOf,
  figure: figureOf,
};
