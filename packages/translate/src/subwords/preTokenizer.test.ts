import { describe, expect, it } from 'vitest';
import { joinPieces, splitPieces } from './preTokenizer';

describe('metaspace', () => {
  it('parts words, digits and punctuation, and marks spaces', () => {
    expect(splitPieces("It's 42%, really…", 'metaspace')).toEqual([
      '▁It',
      "'",
      's',
      '▁4',
      '2',
      '%',
      ',',
      '▁really',
      '…',
    ]);
  });

  it.each([
    'plain words',
    ' leading and trailing ',
    'two  spaces',
    '   ',
    'tab\tand\nnewline',
    '日本語。 🎉👩‍🔬 𝔘',
    'à la “carte” – (1,000.00)',
    '',
  ])('gives %j back', (text) => {
    expect(joinPieces(splitPieces(text, 'metaspace').join(''), 'metaspace')).toBe(text);
  });

  it('composes', () => {
    expect(splitPieces('u\u0308', 'metaspace')).toEqual(['▁ü']);
  });
});

describe('whitespace', () => {
  it('parts at spaces only', () => {
    expect(splitPieces('  It is , as\tit  is .\r\n', 'whitespace')).toEqual([
      'It',
      'is',
      ',',
      'as\tit',
      'is',
      '.',
    ]);
    expect(splitPieces('   ', 'whitespace')).toEqual([]);
  });
});
