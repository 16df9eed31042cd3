import {
  callback,
  checkIterable,
  checkText,
  fields,
  oneOf,
  parseAs,
  SteadyformerError,
  such,
  whole,
} from '@steadyformer/core';
import * as v from 'valibot';
import type { SchemasOf } from '../checks/schemas';
import { LargeMap } from '../text/largeSet';
import { NORMALISATIONS, type Normalisation, normaliseText } from '../text/normalise';
import { Bpe } from './bpe';
import { checkEndOfWord } from './endOfWord';
import { compareCodePoints, learnMerges } from './learnMerges';
import { PRE_TOKENIZERS, type PreTokenizer, splitPieces } from './preTokenizer';

/** Options of `trainBpe`. */
export interface TrainBpeOptions {
  /** Most merges to learn; the vocabulary is about this plus the characters. Default 8000. */
  readonly merges?: number;
  /** A pair is merged only if it occurs this often. Default 2, as in subword-nmt. */
  readonly minFrequency?: number;
  /** A character is known only if it occurs this often; others become the unknown token. Default 1. */
  readonly minCharacterFrequency?: number;
  /** How text is cut into pieces. Default 'metaspace' (raw text). */
  readonly preTokenizer?: PreTokenizer;
  /** Mark on the last symbol of a piece. Default '' for metaspace, '</w>' for whitespace. */
  readonly endOfWord?: string;
  /** Told every hundredth merge how many are learned. An exception of it ends the call. */
  readonly onProgress?: (soFar: { readonly merges: number }) => void;
  /**
   * What text goes through first: here, in `encodeCorpus` and in a `Translator`, as the vocabulary carries it along.
   * Default 'text' (`normaliseText`) for metaspace, 'none' for whitespace.
   */
  readonly normalisation?: Normalisation;
}

const optionFields = () =>
  fields({
    merges: v.optional(whole(0), 8000),
    minFrequency: v.optional(whole(), 2),
    minCharacterFrequency: v.optional(whole(), 1),
    preTokenizer: v.optional(oneOf(PRE_TOKENIZERS), 'metaspace'),
    endOfWord: v.optional(
      such<string>(
        "a text without spaces, such as '' or '</w>'",
        (mark) => typeof mark === 'string' && !/[ \r\n]/u.test(mark),
      ),
    ),
    onProgress: v.optional(callback<NonNullable<TrainBpeOptions['onProgress']>>()),
    normalisation: v.optional(oneOf(NORMALISATIONS)),
  } satisfies SchemasOf<TrainBpeOptions>);

const REPORTED = 100;

/** Each character of the pieces that occurs often enough, in code-point order. */
const alphabetOf = (pieces: Iterable<readonly [string, number]>, minFrequency: number): string[] => {
  const counts = new Map<string, number>();
  for (const [piece, count] of pieces) {
    for (const character of piece) counts.set(character, (counts.get(character) ?? 0) + count);
  }
  return [...counts]
    .filter(([, count]) => count >= minFrequency)
    .map(([character]) => character)
    .sort(compareCodePoints);
};

/** Characters as first symbols: with an end-of-word mark, also as the last of a piece. */
export const characterTokens = (characters: readonly string[], endOfWord: string): string[] =>
  endOfWord === '' ? [...characters] : characters.flatMap((character) => [character, character + endOfWord]);

/** A vocabulary that is being learned, from lines as they come. */
export interface BpeTraining {
  readonly add: (line: string) => void;
  readonly learn: () => Bpe;
}

/** Counts the pieces of lines, then learns from the counts. `add` and `learn` throw as `trainBpe` does. */
export const bpeTraining = (options: TrainBpeOptions = {}): BpeTraining => {
  const parsed = parseAs(optionFields(), options, 'trainBpe()');
  const { merges, minFrequency, minCharacterFrequency, preTokenizer, onProgress } = parsed;
  const words = preTokenizer === 'whitespace';
  const { endOfWord = words ? '</w>' : '', normalisation = words ? 'none' : 'text' } = parsed;
  checkEndOfWord(endOfWord, preTokenizer);
  const pieces = new LargeMap<string, number>();
  const add = (line: string): void => {
    checkText('trainBpe() line', line);
    const text = normalisation === 'text' ? normaliseText(line) : line;
    for (const piece of splitPieces(text, preTokenizer)) pieces.set(piece, (pieces.get(piece) ?? 0) + 1);
  };
  const learn = (): Bpe => {
    if (pieces.size === 0) throw new SteadyformerError('trainBpe: the lines hold no text. Pass sentences.');
    const characters = new Set(alphabetOf(pieces, minCharacterFrequency));
    const known =
      minCharacterFrequency === 1
        ? pieces
        : [...pieces].filter(([piece]) => Array.from(piece).every((character) => characters.has(character)));
    const onMerge = (learned: number): void => {
      if (learned % REPORTED === 0) onProgress?.({ merges: learned });
    };
    const learned = learnMerges(known, { merges, minFrequency, endOfWord, onMerge });
    const tokens = new Set([
      ...characterTokens([...characters], endOfWord),
      ...learned.map(([left, right]) => left + right),
    ]);
    return new Bpe({ preTokenizer, endOfWord, tokens: [...tokens], merges: learned, normalisation });
  };
  return { add, learn };
};

/**
 * Learns a subword vocabulary from sentences (of both languages for a joint one). Deterministic. Tokens are the
 * special ones, the characters in code-point order, then what the merges make, in their order.
 *
 * @throws SteadyformerError on unknown options, values out of range, or where there is no text.
 */
export const trainBpe = (lines: Iterable<string>, options: TrainBpeOptions = {}): Bpe => {
  const { add, learn } = bpeTraining(options);
  checkIterable('trainBpe() lines', lines, 'a list of texts');
  for (const line of lines) add(line);
  return learn();
};
