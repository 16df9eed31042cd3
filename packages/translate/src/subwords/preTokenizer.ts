import { innerText } from './outerSpaces';

/**
 * How text becomes the pieces inside which subwords are learned.
 *
 * - `metaspace`: raw text in, raw text out. Every space is the visible mark U+2581 and belongs to what follows it,
 *   one is put before the text, and pieces are runs of letters, single digits and single other characters. Joining
 *   the pieces gives the text back exactly (a U+2581 in the text itself reads back as a space).
 * - `whitespace`: text that is tokenised already, as for subword-nmt: pieces are what stands between spaces.
 */
export type PreTokenizer = 'metaspace' | 'whitespace';

export const PRE_TOKENIZERS: readonly PreTokenizer[] = ['metaspace', 'whitespace'];

export const SPACE_MARK = '\u2581';

/** Letters, a digit, or any other character, each with the space mark before it; or a space mark alone. */
export const PIECE_PATTERN: string = `${SPACE_MARK}?[\\p{L}\\p{M}]+|${SPACE_MARK}?\\p{N}|${SPACE_MARK}?[^${SPACE_MARK}\\p{L}\\p{M}\\p{N}]|${SPACE_MARK}`;

const PIECES = new RegExp(PIECE_PATTERN, 'gu');

/** The pieces of a text, after Unicode composition (NFC) for raw text. */
export const splitPieces = (text: string, preTokenizer: PreTokenizer): string[] => {
  if (preTokenizer === 'whitespace') {
    return innerText(text)
      .split(' ')
      .filter((piece) => piece !== '');
  }
  if (text === '') return [];
  return (SPACE_MARK + text.normalize('NFC').replaceAll(' ', SPACE_MARK)).match(PIECES) ?? [];
};

/** The text of joined pieces: the inverse of `splitPieces`. Whitespace pieces come with their spaces. */
export const joinPieces = (joined: string, preTokenizer: PreTokenizer): string =>
  preTokenizer === 'whitespace' ? joined.trimEnd() : joined.replaceAll(SPACE_MARK, ' ').replace(/^ /u, '');
