import { describe, expect, it } from 'vitest';
import { kindsOfWords, repeatedText } from './parallelText';

describe('repeatedText', () => {
  const text = { source: ['a house , red', 'two'], target: ['ein Haus , rot', 'zwei'] };

  it('begins with the text, goes on with its like, and is the same each time', () => {
    const long = repeatedText(text, 201);
    expect([long.source.length, long.target.length]).toEqual([201, 201]);
    expect(long.source.slice(0, 2)).toEqual(text.source);
    expect(long.target[200]).toMatch(/^ein\p{L}* Haus\p{L}* , rot\p{L}*$/u);
    expect(repeatedText(text, 201)).toEqual(long);
    // Some 8 % of the words, twelve a pair of pairs.
    expect(kindsOfWords(text)).toBe(9);
    expect(kindsOfWords(long)).toBeGreaterThan(9 + 0.04 * 100 * 8);
    expect(kindsOfWords(long)).toBeLessThan(9 + 0.16 * 100 * 8);
  });
});
