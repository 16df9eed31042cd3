/** Every error of Steadyformer's own making, recognisable by name even across duplicate installs. */
export class SteadyformerError extends Error {
  override readonly name = 'SteadyformerError';
}

export interface InvalidArgument {
  /** What the value is, e.g. `dropout of encoder.layers.0.feedForward`. */
  readonly what: string;
  readonly received: unknown;
  /** The allowed values or range. */
  readonly allowed: string;
  /** What the reader can do next. */
  readonly next?: string;
}

/** Characters and entries of a value that a message quotes at most. */
const LONGEST = 120;
const MOST = 8;

const cut = (text: string, most = LONGEST): string =>
  text.length > most ? `${text.slice(0, most)}... (${text.length} characters)` : text;

const list = (items: readonly string[], total: number): string =>
  items.join(', ') + (total > items.length ? `, ... (${total})` : '');

/** A value as a message quotes it: short whatever it is, and never an error of its own. */
export const show = (value: unknown, depth = 3): string => {
  try {
    return shown(value, depth);
  } catch {
    return 'a value that cannot be shown';
  }
};

const shown = (value: unknown, depth: number): string => {
  if (typeof value === 'string') return `'${cut(value)}'`;
  if (typeof value === 'function') return `the function ${cut(value.name, 40)}`;
  if (typeof value !== 'object' || value === null) return String(value);
  if (depth === 0) return '...';
  if (Array.isArray(value)) {
    const items = value.slice(0, MOST).map((item) => show(item, depth - 1));
    return cut(`[${list(items, value.length)}]`, 3 * LONGEST);
  }
  const kind: unknown = value.constructor;
  if (kind !== Object && typeof kind === 'function') {
    const { shape, dtype = kind.name } = value as { shape?: unknown; dtype?: unknown };
    return Array.isArray(shape) ? `${String(dtype)} of shape ${show(shape, 2)}` : `a ${cut(kind.name, 40)}`;
  }
  const keys = Object.keys(value);
  const fields = keys.slice(0, MOST).map((key) => {
    const field: unknown = (value as Record<string, unknown>)[key];
    const quoted = typeof field === 'string' ? JSON.stringify(cut(field)) : show(field, depth - 1);
    return `${JSON.stringify(cut(key))}:${quoted}`;
  });
  return cut(`{${fields.join(',')}${keys.length > MOST ? `, ... (${keys.length})` : ''}}`, 3 * LONGEST);
};

/** An error that names the value received, what is allowed and the next step. */
export const invalidArgument = ({ what, received, allowed, next }: InvalidArgument): SteadyformerError =>
  new SteadyformerError(`${what}: received ${show(received)}, allowed ${allowed}.${next ? ` ${next}` : ''}`);

/** Throws unless `valid`, with an error as `invalidArgument` makes it. */
export const check = (
  valid: unknown,
  what: string,
  received: unknown,
  allowed: string,
  next?: string,
): void => {
  if (!valid) throw invalidArgument({ what, received, allowed, ...(next ? { next } : {}) });
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

/** The candidate nearest to `name` by edit distance, or undefined where there is none. */
export const nearest = (name: string, candidates: readonly string[]): string | undefined => {
  // Distances of more than a screenful tell nothing, and take time with the square of the length.
  const near = (text: string): string => text.slice(0, LONGEST);
  const distances = new Map(candidates.map((each) => [each, editDistance(near(name), near(each))]));
  return [...candidates].sort((a, b) => distances.get(a)! - distances.get(b)!)[0];
};

const hint = (name: string, candidates: readonly string[]): string => {
  const near = nearest(name, candidates);
  return near === undefined ? '.' : `, did you mean '${near}'?`;
};

/** Throws on what is no plain object, or on its first key that is not allowed, naming the nearest allowed one. */
export const checkOptions = (options: object, allowed: readonly string[], where: string): void => {
  checkRecord(where, options, `an object with the keys ${allowed.join(', ') || 'none'}`);
  for (const key of Object.keys(options)) {
    if (allowed.includes(key)) continue;
    throw new SteadyformerError(
      `${where}: unknown option ${show(key)}${hint(key, allowed)} Allowed: ${allowed.join(', ') || 'none'}.`,
    );
  }
};

/** Objects without keys of their own that are no empty records: dates, maps, promises that nobody awaited. */
const isOpaque = (value: object): boolean => {
  const prototype: unknown = Object.getPrototypeOf(value);
  // The prototype of records ends the chain, in whatever realm they were made.
  return prototype !== null && Object.getPrototypeOf(prototype) !== null && Object.keys(value).length === 0;
};

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
  const names = Object.keys(table);
  throw new SteadyformerError(
    `unknown ${kind} ${show(name)}${typeof name === 'string' ? hint(name, names) : '.'} Allowed: ${names.join(', ')}.${next}`,
  );
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

/** Throws unless `value` is a probability below 1, by more than the 2^-16 that dropout tells apart. */
export const checkRate = (what: string, value: number): number =>
  checkNumber(what, value, 'numbers in [0, 1), to 0.9999', (rate) => rate >= 0 && rate <= 0.9999);
