import { radam } from '@steadyformer/core';
import { grid, type Item } from '../../framework/item';
import { meanOf } from '../../framework/statistics';
import { heldOut } from '../../measure/heldOut';
import { type SubjectSize, withModel } from '../../measure/model';
import { heldOutUnigram, type Text, textOf } from '../../measure/text';
import { train } from '../../measure/train';
import { figureOf } from './figure';
import { MADE, type Point, point, STARTS, type Start } from './points';
import { claimsOf } from './verdict';

interface Size extends SubjectSize {
  /** Blocks of each stack. */
  readonly depths: readonly number[];
  readonly updates: number;
  /** The learning rate at once, without warm-up; it falls linearly to 0. */
  readonly peak: number;
}

const tenths = (losses: readonly number[]): number[] =>
  Array.from({ length: Math.floor(losses.length / 10) }, (_, i) => meanOf(losses.slice(10 * i, 10 * i + 10)));

const trained = async (
  start: Start,
  depth: number,
  seed: number,
  text: Text,
  unigrams: number,
  size: Size,
): Promise<Point> =>
  withModel(text, { ...size, depth, dropout: 0.1 }, MADE[start](), seed, async ({ model }) => {
    const settings = { ...size, seed, rule: () => radam() };
    const { losses, diverged } = await train(model, text, settings);
    const held = diverged ? unigrams : await heldOut(model, text, size.maxTokens);
    return { start, depth, seed, curve: tenths(losses), diverged, heldOut: held, unigrams };
  });

export const appendixE: Item<Size, Point> = {
  name: 'appendix-e',
  paper: 'Appendix E',
  states: 'other starts, such as ReZero and Fixup, learn less than Admin does, and deep models not at all',
  version: 1,
  presets: {
    small: {
      corpus: 'emoji-names',
      sentences: 4000,
      merges: 300,
      maxTokens: 384,
      depths: [6, 12],
      width: 32,
      heads: 4,
      updates: 200,
      peak: 4e-3,
    },
    paper: {
      corpus: 'wmt14-en-de',
      sentences: 4_500_000,
      merges: 32_000,
      maxTokens: 8192,
      depths: [6, 18],
      width: 512,
      heads: 8,
      updates: 500_000,
      peak: 1e-3,
    },
    minute: {
      corpus: 'emoji-names',
      sentences: 200,
      merges: 100,
      maxTokens: 64,
      depths: [1],
      width: 16,
      heads: 2,
      updates: 10,
      peak: 1e-3,
    },
  },
  seeds: { small: 3, paper: 3, minute: 1 },
  point,
  corpora: ({ corpus }) => [corpus],
  cells: ({ depths }, seeds) => grid({ depth: depths, seed: seeds }),
  run: async ({ values }, { size, corpus, log }) => {
    const { depth, seed } = values as { readonly depth: number; readonly seed: number };
    const text = await textOf(corpus(size.corpus), size);
    const unigrams = heldOutUnigram(text);
    const found: Point[] = [];
    for (const start of STARTS) {
      found.push(await trained(start, depth, seed, text, unigrams, size));
      log(`${start}, ${depth} layers, seed ${seed}: ${found.at(-1)!.heldOut.toFixed(2)}`);
    }
    return found;
  },
  verdict: claimsOf,
  figure: figureOf,
};
