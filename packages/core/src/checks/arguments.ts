import { check } from './errors';

/** Throws unless `value` is a text. */
export const checkText = (what: string, value: string): string => {
  check(typeof value === 'string', what, value, 'a text');
  return value;
};

/** Throws unless `value` is a list; `allowed` says of what. */
export const checkList = <T extends readonly unknown[]>(what: string, value: T, allowed: string): T => {
  check(Array.isArray(value), what, value, allowed);
  return value;
};

/** Throws unless `value` is a list of texts, naming the first entry that is none. */
export const checkTexts = (what: string, value: readonly string[]): readonly string[] => {
  checkList(what, value, 'a list of texts');
  for (const [i, text] of value.entries()) checkText(`${what}[${i}]`, text);
  return value;
};

/** Throws unless `value` can be gone through, as lists and generators can, and texts should not. */
export const checkIterable = (what: string, value: unknown, allowed: string, next?: string): void =>
  check(typeof value === 'object' && value !== null && Symbol.iterator in value, what, value, allowed, next);

/** Throws unless `value`, where it is given, is a function. */
export const checkCallback = (what: string, value: unknown): void =>
  check(value === undefined || typeof value === 'function', what, value, 'a function');
