import { describe, expect, it } from 'vitest';
import { cleanCorpus, cleaner } from './clean';

const pair = (source: string, target: string) => ({ source, target });

describe('cleanCorpus', () => {
  it('drops by reason and counts', () => {
    const { pairs, dropped } = cleanCorpus(
      [
        pair('one  two', 'eins zwei'),
        pair('one two', 'eins zwei'),
        pair('', 'eins'),
        pair('a b c d e f', 'A'),
        pair('a b c d e f g', 'A B C D E F G H'),
        pair('Same text', 'same text'),
      ],
      { maxWords: 7 },
    );
    expect(pairs).toEqual([pair('one two', 'eins zwei')]);
    expect(dropped).toEqual({ tooShort: 1, tooLong: 1, ratio: 1, identical: 1, duplicate: 1 });
  });

  it('keeps what it is told to keep', () => {
    const pairs = [pair('a', 'a'), pair('a', 'a'), pair('a b c d', 'A')];
    expect(cleanCorpus(pairs, { keepIdentical: true, keepDuplicates: true, maxRatio: 4 }).pairs).toEqual(
      pairs,
    );
  });

  it('treats exactly the ratio as allowed', () => {
    const clean = cleaner({ maxRatio: 3 });
    expect(clean(pair('a b c', 'A'))).toEqual(pair('a b c', 'A'));
    expect(clean(pair('a b c d', 'A'))).toBe('ratio');
  });

  it('rejects unknown options and bounds out of range', () => {
    expect(() => cleaner({ minWords: 1, ...{ maxWord: 3 } })).toThrow("did you mean 'maxWords'");
    expect(() => cleaner({ maxRatio: 0.5 })).toThrow('maxRatio');
    expect(() => cleaner({ minWords: 5, maxWords: 4 })).toThrow('maxWords');
  });
});
