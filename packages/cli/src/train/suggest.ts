import type { Survey } from './survey';

/** What the size of the text speaks for, where the defaults do not know it. */
export interface Suggestion {
  readonly merges: number;
  readonly width: number;
  readonly heads: number;
  readonly depth: number;
  readonly maxTokens: number;
  readonly updates: number;
  readonly warmup: number;
  /** Updates from one validation, and checkpoint, to the next. */
  readonly every: number;
  /** Pairs or lines held out to validate on, or their share. */
  readonly valid: number;
  /** How often the text is gone through. */
  readonly epochs: number;
}

/**
 * Sizes by the words of both sides. Fixed points are what is published for such text: 8,000 to 10,000 merges and width
 * 512 for IWSLT'14 (6 million words), 32,000 merges for WMT'14 English-German (some 200 million). Smaller vocabularies
 * and models for less text, as rare subwords are learned from too little (Sennrich and Zhang 2019).
 */
const SIZES = [
  { words: 3e5, merges: 1000, width: 128, heads: 4, depth: 3, epochs: 40 },
  { words: 2e6, merges: 4000, width: 256, heads: 4, depth: 6, epochs: 30 },
  { words: 2e7, merges: 8000, width: 512, heads: 8, depth: 6, epochs: 20 },
  { words: 2e8, merges: 16_000, width: 512, heads: 8, depth: 6, epochs: 10 },
  { words: Number.POSITIVE_INFINITY, merges: 32_000, width: 512, heads: 8, depth: 12, epochs: 5 },
];

/** Of a subword, about, with the space before a word. */
export const CHARACTERS = 4;

/** Characters of a word, at most, about: for text that is written without spaces. */
const WORD = 8;

/** Batches that an epoch has at least, so that updates are many enough. */
export const BATCHES = 100;

/** Share of a batch that is not padding, about. */
const FILLED = 0.9;

/** The share that is validated on by default, and how many of a large text are enough. */
const VALID = { share: 0.02, most: 2000 };

/** To two digits. */
const round = (n: number): number => Number(n.toPrecision(2));

const within = (n: number, least: number, most: number): number => Math.min(most, Math.max(least, n));

/** Sizes of vocabulary, model, batches and run for a text. The same text, the same sizes. */
export const suggest = ({ kept, sides }: Survey): Suggestion => {
  const words = sides.reduce((sum, side) => sum + Math.max(side.words, side.characters / WORD), 0);
  const { words: _, epochs, ...sizes } = SIZES.find((size) => words < size.words)!;
  const tokens = Math.max(...sides.map(({ characters }) => characters)) / CHARACTERS;
  const longest = Math.max(...sides.map(({ lengths }) => lengths.p99)) / CHARACTERS;
  // A power of two that leaves an epoch its batches, and takes all but the longest lines.
  const share = 2 ** Math.floor(Math.log2(Math.max(tokens / BATCHES, 1)));
  const fitting = 2 ** Math.ceil(Math.log2(longest + 2));
  const maxTokens = within(Math.max(share, fitting), 256, 4096);
  const updates = round(within((epochs * tokens) / (maxTokens * FILLED), 200, 100_000));
  return {
    ...sizes,
    epochs,
    maxTokens,
    updates,
    warmup: within(round(updates / 10), 1, 4000),
    every: within(round(updates / 20), 10, 2000),
    valid: kept * VALID.share > VALID.most ? VALID.most : VALID.share,
  };
};
