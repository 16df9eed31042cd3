import type { Banned } from './penalties';
import { endsInside, isWordEnd } from './words';

/** Whether a text holds a phrase, from word to word. */
export const holdsPhrase = (text: string, phrase: string): boolean => endOf(text, phrase, 0, true);

/** Whether a phrase that ends at `from` or later stands in a text; one at the very end only where the text ends there. */
const endOf = (text: string, phrase: string, from: number, ended: boolean): boolean => {
  for (
    let at = text.indexOf(phrase, Math.max(0, from - phrase.length));
    at >= 0;
    at = text.indexOf(phrase, at + 1)
  ) {
    const end = at + phrase.length;
    const after = end < text.length ? isWordEnd(phrase, text.slice(end)) : ended || !endsInside(phrase);
    if (after && isWordEnd(text.slice(0, at), phrase)) return true;
  }
  return false;
};

/** The tokens that may not follow; `last`: none follows them. */
export type Ban = (ids: readonly number[], last: boolean) => Banned;

/**
 * The tokens after which a text would hold one of the phrases, however it is cut into subwords. Where a phrase's last letter was
 * said a word may go on, but not end.
 */
export const bannedBy = (phrases: readonly string[], tokenTexts: readonly string[], eos: number): Ban => {
  // With what stands before a phrase, by which is seen whether a word begins there.
  const longest = 2 + Math.max(...phrases.map(({ length }) => length));
  return (ids, last) => {
    let tail = '';
    for (let i = ids.length - 1; i >= 0 && tail.length < longest; i--) tail = tokenTexts[ids[i]!]! + tail;
    return {
      has: (token) => {
        const text = tokenTexts[token]!;
        if (text === '' && token !== eos) return false;
        return phrases.some((phrase) => endOf(tail + text, phrase, tail.length, last || token === eos));
      },
    };
  };
};
