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
});
