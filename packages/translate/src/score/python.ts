/** White space as Python's `str.split` and `str.rstrip` see it (JavaScript's `\s` differs in a few characters). */
const SPACE = '\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000';
const SPACES = new RegExp(`[${SPACE}]+`, 'gu');
const ONE_SPACE = new RegExp(`[${SPACE}]`, 'u');

/** The words of a text: what stands between runs of white space. */
export const splitWords = (text: string): string[] => text.split(SPACES).filter((word) => word !== '');

/** The text without any white space. */
export const withoutSpaces = (text: string): string => text.replace(SPACES, '');

/** The text without white space at its end. In linear time, which a pattern for spaces at an end is not. */
export const trimRight = (text: string): string => {
  let end = text.length;
  while (end > 0 && ONE_SPACE.test(text[end - 1]!)) end--;
  return text.slice(0, end);
};

/** As Python formats `{value:.<digits>f}`: exact ties go to the even digit, where `toFixed` goes up. */
export const formatFixed = (value: number, digits: number): string => {
  const power = 10 ** digits;
  const scaled = value * power;
  const floor = Math.floor(scaled);
  // A tie is an odd multiple of 1 / 2^(digits + 1); other values only look like one after the product is rounded.
  const tie = scaled - floor === 0.5 && Number.isInteger(value * 2 ** (digits + 1));
  return tie && floor % 2 === 0 ? (floor / power).toFixed(digits) : value.toFixed(digits);
};
