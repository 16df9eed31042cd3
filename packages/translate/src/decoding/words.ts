/** Letters, their marks and digits of scripts that put spaces between words: where two meet, no word ends. */
const INSIDE =
  /^(?!\p{Script=Han}|\p{Script=Hiragana}|\p{Script=Katakana}|\p{Script=Thai}|\p{Script=Lao}|\p{Script=Khmer}|\p{Script=Myanmar})[\p{L}\p{M}\p{N}]$/u;

/** Whether a text begins inside a word, if one was there before. */
export const beginsInside = (text: string): boolean => {
  const [first] = text;
  return first !== undefined && INSIDE.test(first);
};

/** Whether a text ends inside a word, if one goes on. */
export const endsInside = (text: string): boolean => {
  const last = Array.from(text.slice(-2)).at(-1);
  return last !== undefined && INSIDE.test(last);
};

/** Whether a word may end between two texts: nowhere between two letters or digits. */
export const isWordEnd = (before: string, after: string): boolean =>
  !(endsInside(before) && beginsInside(after));
