import { radam } from '@steadyformer/core';
import { grid, type Item } from '../../framework/item';
import { heldOut } from '../../measure/heldOut';
import { METHODS, type Method, methodNamed } from '../../measure/methods';
import { type SubjectSize, withModel } from '../../measure/model';
import { heldOutUnigram, textOf } from '../../measure/text';
import { train } from '../../measure/train';
import { figureOf } from './figure';
import { type Point, point } from './points';
import { claimsOf } from './verdict';

interface Size extends SubjectSize {
  /** Blocks of each stack. */
  readonly depth: number;
  readonly updates: number;
  readonly dropout: number;
  /** Learning rates at the first update; they fall linearly to 0. */
  readonly rates: readonly number[];
  readonly betas: readonly number[];
}

export const fig10: Item<Size, Point> = {
  name: 'fig10',
  paper: 'Figure 10',
  states:
    'without warm-up Pre-LN converges in all 15 cells of rate and beta2, Post-LN diverges in 7, Admin in none and is better than Pre-LN',
  version: 1,
  presets: {
    small: {
      corpus: 'emoji-names',
      sentences: 4000,
      merges: 300,
      maxTokens: 256,
      depth: 3,
      width: 32,
      heads: 4,
      updates: 200,
      dropout: 0.1,
      rates: [2e-3, 4e-3, 8e-3, 1.6e-2, 3.2e-2],
      betas: [0.95, 0.98, 0.99],
    },
    paper: {
      corpus: 'iwslt14-de-en',
      sentences: 200_000,
      merges: 10_000,
      maxTokens: 4096,
      depth: 6,
      width: 512,
      heads: 4,
      updates: 100_000,
      dropout: 0.3,
      rates: [1e-4, 2e-4, 3e-4, 4e-4, 5e-4],
      betas: [0.99, 0.995, 0.999],
    },
    minute: {
      corpus: 'emoji-names',
      sentences: 200,
      merges: 100,
      maxTokens: 64,
      depth: 1,
      width: 16,
      heads: 2,
      updates: 3,
      dropout: 0.1,
      rates: [1e-3, 1e-2],
      betas: [0.98],
    },
  },
  seeds: { small: 3, paper: 3, minute: 1 },
  point,
  corpora: ({ corpus }) => [corpus],
  cells: ({ betas }, seeds) => grid({ seed: seeds, method: METHODS, beta2: betas }),
  run: async ({ values }, { size, corpus }) => {
    const { method, beta2, seed } = values as {
      readonly method: Method;
      readonly beta2: number;
      readonly seed: number;
    };
    const text = await textOf(corpus(size.corpus), size);
    const unigrams = heldOutUnigram(text);
    const found: Point[] = [];
    for (const rate of size.rates) {
      await withModel(text, size, methodNamed(method), seed, async ({ model }) => {
        const settings = { ...size, peak: rate, seed, rule: () => radam({ beta2 }) };
        const { losses, diverged } = await train(model, text, settings);
        const held = diverged ? null : await heldOut(model, text, size.maxTokens);
        const stopped = diverged ? losses.length : null;
        found.push({ method, rate, beta2, seed, stopped, heldOut: held, unigrams });
      });
    }
    return found;
  },
  verdict: claimsOf,
  figure: figureOf,
};
