/** Every error of Steadyformer's own making, recognisable by name even across duplicate installs. */
export class SteadyformerError extends Error {
  override readonly name = 'SteadyformerError';
}

/** What the error about a wrong argument says. */
export interface InvalidArgument {
  /** What the value is, e.g. `dropout of encoder.layers.0.feedForward`. */
  readonly what: string;
  readonly received: unknown;
  /** The allowed values or range. */
  readonly allowed: string;
  /** What the reader can do next. */
  readonly next?: string;
}

/** Characters of a text, and entries of a list or record, that a message quotes at most. */
const MOST = 100;

const cut = (text: string): string =>
  text.length > MOST ? `${text.slice(0, MOST)}... (${text.length} characters)` : text;

/** A value as a message quotes it: short whatever it is. */
export const show = (value: unknown, depth = 3, quote = "'"): string => {
  if (typeof value === 'string') return quote + cut(value) + quote;
  if (typeof value === 'function') return `the function ${cut(value.name)}`;
  if (typeof value !== 'object' || value === null) return String(value);
  if (depth === 0) return '...';
  if (Array.isArray(value))
    return cut(
      `[${value
        .slice(0, MOST)
        .map((item) => show(item, depth - 1))
        .join(', ')}]`,
    );
  const {
    constructor: kind,
    shape,
    dtype,
  } = value as { constructor?: unknown; shape?: unknown; dtype?: unknown };
  if (dtype) return `${String(dtype)} of shape ${show(shape)}`;
  if (typeof kind === 'function' && kind !== Object) return `a ${cut(kind.name)}`;
  const fields = Object.entries(value).slice(0, MOST);
  return cut(`{${fields.map(([key, item]) => `${show(key, 1, '"')}:${show(item, depth - 1, '"')}`).join()}}`);
};

/** An error that names the value received, what is allowed and the next step. */
export const invalidArgument = ({ what, received, allowed, next = '' }: InvalidArgument): SteadyformerError =>
  new SteadyformerError(`${what}: received ${show(received)}, allowed ${allowed}. ${next}`.trimEnd());

/** Throws unless `valid`, with an error as `invalidArgument` makes it. */
export const check = (valid: unknown, what: string, received: unknown, allowed: string, next = ''): void => {
  if (!valid) throw invalidArgument({ what, received, allowed, next });
};

/** Levenshtein distance, for "did you mean". */
const editDistance = (a: string, b: string): number => {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const substitution = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(substitution, row[j]! + 1, next[j - 1]! + 1));
    }
    row = next;
  }
  return row[b.length]!;
};

/**
 * The candidate nearest to `name` by edit distance, or undefined where there is none, or none within `share` of its own
 * length.
 */
export const nearest = (
  name: string,
  candidates: readonly string[],
  share: number = Number.POSITIVE_INFINITY,
): string | undefined => {
  // The time goes with the square of the length.
  const distance = (candidate: string): number => editDistance(name.slice(0, MOST), candidate.slice(0, MOST));
  const [near] = [...candidates].sort((a, b) => distance(a) - distance(b));
  return near && distance(near) > share * near.length ? undefined : near;
};

/** An error that names the candidate nearest to a name that is none of them, and all. */
export const unknownName = (
  what: string,
  name: string,
  known: readonly string[],
  next = '',
): SteadyformerError => {
  const near = typeof name === 'string' && nearest(name, known);
  const hint = near ? `, did you mean '${near}'?` : '.';
  return new SteadyformerError(`${what} ${show(name)}${hint} Allowed: ${known.join(', ') || 'none'}.${next}`);
};

/** Throws on what is no plain object, or on its first key that is not allowed, naming the nearest allowed one. */
export const checkOptions = (options: object, allowed: readonly string[], where: string): void => {
  checkRecord(where, options, `an object of ${allowed.join(', ') || 'nothing'}`);
  for (const key of Object.keys(options)) {
    if (!allowed.includes(key)) throw unknownName(`${where}: unknown option`, key, allowed);
  }
};

/** Objects without keys of their own that are no empty records: dates, maps, promises that nobody awaited. */
const isOpaque = (value: object): boolean => {
  const prototype: unknown = Object.getPrototypeOf(value);
  // The prototype of records ends the chain, in whatever realm they were made.
  return prototype !== null && Object.getPrototypeOf(prototype) !== null && Object.keys(value).length === 0;
};

/** Whether `value` is a plain object: no list, no instance of a class that holds its data elsewhere. */
export const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !isOpaque(value);

/** Throws unless `value` is an object that is no list. */
export const checkRecord = (what: string, value: unknown, allowed: string, next?: string): void =>
  check(isRecord(value), what, value, allowed, next);

/**
 * The entry of `table` under its own key `name`. Throws where there is none, naming the nearest; `kind` says what the
 * entries are.
 */
export const entryOf = <T>(table: Readonly<Record<string, T>>, name: string, kind: string, next = ''): T => {
  if (typeof name === 'string' && Object.hasOwn(table, name)) return table[name]!;
  throw unknownName(`unknown ${kind}`, name, Object.keys(table), next);
};

/** Throws unless `value` is a whole number of at least `minimum`. */
export const checkInteger = (what: string, value: number, minimum = 1): number => {
  check(Number.isSafeInteger(value) && value >= minimum, what, value, `whole numbers >= ${minimum}`);
  return value;
};

/** Throws unless `value` is a finite number; `valid` says which, and `allowed` says so in words. */
export const checkNumber = (
  what: string,
  value: number,
  allowed = 'finite numbers',
  valid: (value: number) => boolean = () => true,
): number => {
  check(Number.isFinite(value) && valid(value), what, value, allowed);
  return value;
};

/** Throws unless `value` is one of `allowed`. */
export const checkOneOf = <T extends string | boolean>(
  what: string,
  value: T | string,
  allowed: readonly T[],
): T => {
  const shown = allowed.map((item) => (typeof item === 'string' ? `'${item}'` : item));
  check(allowed.includes(value as T), what, value, shown.join(', '));
  return value as T;
};

/** Throws unless `value` is true or false. */
export const checkFlag = (what: string, value: boolean): boolean => checkOneOf(what, value, [true, false]);

/** Throws unless `value` is a probability below 1, by more than the 2^-16 that dropout tells apart: to 0.9999. */
export const checkRate = (what: string, value: number): number =>
  checkNumber(what, value, 'numbers in [0, 1)', (rate) => rate >= 0 && rate <= 0.9999);
