import { invalidArgument, SteadyformerError } from '@steadyformer/core';

// JSON has no NaN and no infinities. They are written as the texts 'NaN', 'Infinity' and '-Infinity'; a text that reads
// like one of these gets an apostrophe before it, as in spreadsheets, so that whatever is written is what is read.

const MARKED = /^'*(?:NaN|-?Infinity)$/u;
/** Levels of lists and objects in each other: what holds itself has more. */
const DEEPEST = 100;

const isPlain = (value: object): boolean => {
  const prototype: unknown = Object.getPrototypeOf(value);
  // The prototype of records ends the chain, in whatever realm they were made.
  return prototype === null || Object.getPrototypeOf(prototype) === null;
};

const keyed = (where: string, key: string): string =>
  /^[A-Za-z_]\w*$/u.test(key) ? `${where}.${key}` : `${where}['${key.slice(0, 100)}']`;

const checkDepth = (depth: number, where: string): void => {
  if (depth <= DEEPEST) return;
  const place = where.length > 100 ? `${where.slice(0, 100)}...` : where;
  throw new SteadyformerError(
    `${place}: allowed lists and objects in each other up to ${DEEPEST} levels, and none that holds itself.`,
  );
};

/**
 * A value as JSON can hold it, for `JSON.stringify`; entries of objects that are undefined are left out.
 *
 * @param where names the value in the error
 * @throws SteadyformerError on what JSON has no form for: functions, dates, typed arrays, tensors, bigints
 */
export const toJson = (value: unknown, where: string, depth = 0): unknown => {
  checkDepth(depth, where);
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value);
  if (typeof value === 'string') return MARKED.test(value) ? `'${value}` : value;
  if (typeof value === 'boolean' || value === null) return value;
  // By index: a hole of a list is an entry that is undefined.
  if (Array.isArray(value)) return Array.from(value, (item, i) => toJson(item, `${where}[${i}]`, depth + 1));
  if (typeof value === 'object' && isPlain(value)) {
    const entries = Object.entries(value).filter(([, item]) => item !== undefined);
    return Object.fromEntries(
      entries.map(([key, item]) => [key, toJson(item, keyed(where, key), depth + 1)]),
    );
  }
  throw invalidArgument({
    what: where,
    received: value,
    allowed: 'texts, numbers, true, false, null, and lists and plain objects of these',
  });
};

/** The value that `toJson` made this of. @throws SteadyformerError on what is nested too deeply */
export const fromJson = (value: unknown, where: string, depth = 0): unknown => {
  checkDepth(depth, where);
  if (typeof value === 'string' && MARKED.test(value))
    return value.startsWith("'") ? value.slice(1) : Number(value);
  if (Array.isArray(value)) return value.map((item) => fromJson(item, where, depth + 1));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, fromJson(item, where, depth + 1)]),
  );
};
