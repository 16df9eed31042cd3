import { describe, expect, it } from 'vitest';
import { trainBpe } from '../subwords/trainBpe';
import { pharaoh, wordAlignment, wordsOfTokens } from './wordAlignment';

const lines = ['das kleine Haus am See', 'ein rotes Haus, "klein" 12 \u00c4pfel', '\u623f\u5b50 ein'];

describe('words of tokens', () => {
  it.each([
    ['raw text', trainBpe(lines, { merges: 12 })],
    ['raw text with marks on word ends', trainBpe(lines, { merges: 12, endOfWord: '</w>' })],
    ['tokenised text', trainBpe(lines, { merges: 12, preTokenizer: 'whitespace' })],
  ])('of %s are what stands between its spaces', (_, vocabulary) => {
    const texts = vocabulary.tokenTexts();
    for (const line of [...lines, 'Haus?Haus ?', 'unbekannt \u00fc \u00fcber x\u00fc', '']) {
      const ids = [...vocabulary.encode(line), vocabulary.eos];
      const words = wordsOfTokens(ids, texts);
      expect(words.at(-1)).toBeUndefined();
      const said = vocabulary.decode(ids).split(/\s+/u).filter(Boolean);
      const count = new Set(words.filter((word) => word !== undefined)).size;
      expect(count).toBe(said.length);
      for (const [i, word] of said.entries()) {
        const own = ids.filter((_, at) => words[at] === i).map((id) => texts[id]!.trim());
        expect(own.join('')).toBe(word);
      }
    }
  });
});

describe('word alignment', () => {
  it('is the source word that a target word sees most, all its subwords together, the end apart', () => {
    // Source: one word of two tokens, one of one, the end. Target: a word, a word of two tokens, the end.
    const weights = [
      [0.2, 0.2, 0.1, 0.5], // sees the end most, and of words the first
      [0.3, 0.3, 0.4, 0], // 0.6 of the first word, 0.4 of the second
      [0.1, 0, 0.9, 0], // together 0.7 and 1.3
      [0, 0, 0, 1],
    ];
    const words = wordAlignment(weights, [0, 0, 1, undefined], [0, 1, 1, undefined]);
    expect(words).toEqual([
      [0, 0],
      [1, 1],
    ]);
    expect(pharaoh(words)).toBe('0-0 1-1');
  });

  it('goes by the source, then the target, and takes the first of equals', () => {
    const weights = [
      [0.1, 0.8, 0.1],
      [0.5, 0.5, 0],
      [0.2, 0.7, 0.1],
    ];
    expect(pharaoh(wordAlignment(weights, [0, 1, undefined], [0, 1, 2]))).toBe('0-1 1-0 1-2');
  });

  it('of no words is none', () => {
    expect(pharaoh(wordAlignment([[1]], [undefined], [0]))).toBe('');
    expect(pharaoh(wordAlignment([[1, 0]], [0, undefined], [undefined]))).toBe('');
  });
});
