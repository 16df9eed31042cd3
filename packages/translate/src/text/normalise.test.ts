import { describe, expect, it } from 'vitest';
import { normaliseText } from './normalise';

describe('normaliseText', () => {
  it('composes, removes what is invisible and collapses white space', () => {
    expect(normaliseText(' u\u0308ber\u00a0 a\u00adb\tc\u200b\n')).toBe('über ab c');
  });

  it.each([
    ['Persian', 'می\u200cخواهم نامه\u200cها'],
    ['Sinhala', 'ශ්\u200dරී ලංකා'],
    ['an emoji of four', '👨\u200d👩\u200d👧\u200d👦'],
    ['an emoji with a variation selector', '❤\ufe0f\u200d🔥'],
  ])('keeps the joiners that %s is spelled with', (_, text) => {
    expect(normaliseText(text)).toBe(text);
  });

  it('removes every mark of direction, and composes across what it removed', () => {
    expect(normaliseText('\u200ea\u200f\u061c \u2066b\u2069\u202e\u2067c\u2068')).toBe('a bc');
    expect(normaliseText('u\u00ad\u0308')).toBe('ü');
  });

  it('changes nothing the second time', () => {
    for (const text of [' a \u00ad b ', 'e\u200b\u0301 \u3000x', '\ufeff\u2060', 'ﬁ \u1e9b\u0323']) {
      expect(normaliseText(normaliseText(text))).toBe(normaliseText(text));
    }
  });

  it('is the same for every character, beside any other, whether it can be told to be normal or not', () => {
    // In full, without looking first whether there is anything to do.
    const inFull = (text: string): string =>
      text
        .replace(/[\u00ad\u061c\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]/gu, '')
        .normalize('NFC')
        .replace(/\s+/gu, ' ')
        .trim();
    for (let code = 0; code < 0x3000; code++) {
      const character = String.fromCharCode(code);
      for (const text of [character, `a${character}`, `${character} ${character}z`, `e${character}\u0301`]) {
        if (normaliseText(text) !== inFull(text))
          expect([code, normaliseText(text)]).toEqual([code, inFull(text)]);
      }
    }
    expect(normaliseText('')).toBe('');
    expect(normaliseText(' ')).toBe('');
  });
});
