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

const show = (value: unknown): string => {
  if (typeof value === 'string') return `'${value}'`;
  if (Array.isArray(value)) return `[${value.map(show).join(', ')}]`;
  if (typeof value === 'object' && value !== null) return JSON.stringify(value);
  return String(value);
};

/** An error that names the value received, what is allowed and the next step. */
export const invalidArgument = ({ what, received, allowed, next }: InvalidArgument): SteadyformerError =>
  new SteadyformerError(`${what}: received ${show(received)}, allowed ${allowed}.${next ? ` ${next}` : ''}`);

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
export const nearest = (name: string, candidates: readonly string[]): string | undefined =>
  [...candidates].sort((a, b) => editDistance(name, a) - editDistance(name, b))[0];

/** Throws on the first key of `options` that is not allowed, naming the nearest allowed one. */
export const checkOptions = (options: object, allowed: readonly string[], where: string): void => {
  for (const key of Object.keys(options)) {
    if (allowed.includes(key)) continue;
    const hint = nearest(key, allowed);
    throw new SteadyformerError(
      `${where}: unknown option '${key}'${hint ? `, did you mean '${hint}'?` : '.'} Allowed: ${allowed.join(', ') || 'none'}.`,
    );
  }
};

/** Throws unless `value` is a whole number of at least `minimum`. */
export const checkInteger = (what: string, value: number, minimum = 1): number => {
  if (Number.isInteger(value) && value >= minimum) return value;
  throw invalidArgument({ what, received: value, allowed: `whole numbers >= ${minimum}` });
};

/** Throws unless `value` is one of `allowed`. */
export const checkOneOf = <T extends string>(what: string, value: string, allowed: readonly T[]): T => {
  const found = allowed.find((item) => item === value);
  if (found !== undefined) return found;
  throw invalidArgument({ what, received: value, allowed: allowed.map((item) => `'${item}'`).join(', ') });
};

/** Throws unless `value` is a probability below 1. */
export const checkRate = (what: string, value: number): number => {
  if (value >= 0 && value < 1) return value;
  throw invalidArgument({ what, received: value, allowed: 'numbers in [0, 1)' });
};
