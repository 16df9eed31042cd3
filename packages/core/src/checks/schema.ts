import * as v from 'valibot';
import { invalidArgument, isRecord, SteadyformerError, unknownName } from './errors';

// The one gate for what comes from outside. A schema is the type, the keys, the defaults and the messages of an options
// object, a config or a file; a message says what is allowed.

/** Values for which `valid` holds; `allowed` says so in words. */
export const such = <T>(allowed: string, valid: (value: unknown) => boolean): v.CustomSchema<T, string> =>
  v.custom<T, string>(valid, allowed);

/**
 * Whatever `check` does not throw on: for what has a check, and messages, of its own. `what` stands for the value's place,
 * which the message gets at the end.
 */
export const checkedBy = <T>(check: (value: T, what: string) => unknown): v.CustomSchema<T, string> => {
  let message = '';
  const schema = such<T>('', (value) => {
    try {
      check(value as T, PLACE);
      return true;
    } catch (error) {
      if (!(error instanceof SteadyformerError)) throw error;
      message = error.message;
      return false;
    }
  });
  return { ...schema, message: () => FAILED + message } as unknown as v.CustomSchema<T, string>;
};

/** Whole numbers of at least `minimum`. */
export const whole = (minimum = 1): v.CustomSchema<number, string> =>
  such(`whole numbers >= ${minimum}`, (value) => Number.isSafeInteger(value) && Number(value) >= minimum);

/** Finite numbers; `valid` says which, and `allowed` says so in words. */
export const finite = (
  allowed = 'finite numbers',
  valid: (value: number) => boolean = () => true,
): v.CustomSchema<number, string> =>
  such(allowed, (value) => Number.isFinite(value) && valid(value as number));

/** Probabilities below 1, by more than the 2^-16 that dropout tells apart. */
export const rate = (): v.CustomSchema<number, string> =>
  finite('numbers in [0, 1)', (value) => value >= 0 && value <= 0.9999);

/** One of the values listed. */
export const oneOf = <const T extends string | boolean>(values: readonly T[]): v.CustomSchema<T, string> =>
  such(values.map((each) => (typeof each === 'string' ? `'${each}'` : each)).join(', '), (value) =>
    values.includes(value as T),
  );

/** True or false. */
export const flag = (): v.CustomSchema<boolean, string> => oneOf([true, false]);

/** Schema of a text. */
export const text = (): v.CustomSchema<string, string> =>
  such('a text', (value) => typeof value === 'string');

/**
 * A field that has to be given: where it is not, the message says what is allowed instead of that it is missing.
 */
export const needed = <T>(schema: v.GenericSchema<T>): v.GenericSchema<T> =>
  v.exactOptional(schema, () => undefined as never) as unknown as v.GenericSchema<T>;

/** Of any keys. */
export const anyRecord = (allowed = 'an object'): v.CustomSchema<Readonly<Record<string, unknown>>, string> =>
  such(allowed, isRecord);

/** Functions, of a type that TypeScript alone can check. */
export const callback = <T>(allowed = 'a function'): v.CustomSchema<T, string> =>
  such(allowed, (value) => typeof value === 'function');

/** What `fields` infers: exported declarations have to name it. */
export type FieldsSchema<E extends v.ObjectEntries> = v.GenericSchema<
  v.InferInput<v.ObjectSchema<E, undefined>>,
  v.InferOutput<v.ObjectSchema<E, undefined>>
>;

/** Objects of these fields and no others; a key that every object inherits is unknown as well. */
export const fields = <const E extends v.ObjectEntries>(entries: E): FieldsSchema<E> => {
  const keys = Object.keys(entries);
  const known = v.object(entries);
  return v.lazy((value) => {
    if (!isRecord(value)) return such(`an object of ${keys.join(', ') || 'nothing'}`, isRecord);
    const unknown = Object.keys(value).find((key) => !keys.includes(key));
    return unknown === undefined ? known : such([UNKNOWN, unknown, ...keys].join(UNKNOWN), () => false);
  }) as unknown as FieldsSchema<E>;
};

/** A schema for every field of a record: the compiler sees to it that none is missing or of another type. */
export type Entries<T> = {
  readonly [K in keyof T]-?: object extends Pick<T, K>
    ? v.GenericSchema<T[K] | undefined>
    : v.GenericSchema<T[K]>;
};

/** How the message of an unknown key begins: that key and the known ones follow. */
const UNKNOWN = '\0';
/** How a message of another check begins, and what stands in it for the place of the value. */
const FAILED = '\u0001';
const PLACE = '\u0002';

/** Where a field is: `config.dropout.residual`, and `Transformer width` of what has a title. */
export const at = (where: string, key: string | number): string =>
  typeof key === 'number'
    ? `${where}[${key}]`
    : `${where}${/^[A-Z]\w*$|\(\)$/.test(where) ? ' ' : '.'}${key}`;

/** The first thing wrong below `where`: an unknown key, else all that is missing, else the first field that is not right. */
const errorOf = (
  issues: readonly v.BaseIssue<unknown>[],
  where: string,
  next: string,
  depth = 0,
): SteadyformerError => {
  const [first] = issues as [v.BaseIssue<unknown>];
  const steps = (issue: v.BaseIssue<unknown>): number => issue.path?.length ?? 0;
  const here = issues.find((issue) => steps(issue) === depth);
  if (here?.message.startsWith(UNKNOWN)) {
    const [, name, ...known] = here.message.split(UNKNOWN).slice(1) as [string, string, ...string[]];
    return unknownName(`${where}: unknown option`, name, known, next && ` ${next}`);
  }
  if (here?.message.startsWith(FAILED)) {
    return new SteadyformerError(here.message.slice(1).replaceAll(PLACE, where));
  }
  if (here) return invalidArgument({ what: where, received: here.input, allowed: here.message, next });
  const missing = issues.filter((issue) => steps(issue) === depth + 1 && issue.type === 'object');
  if (missing.length > 0) {
    const keys = missing.map(({ path }) => path![depth]!.key).join(', ');
    return new SteadyformerError(`${where}: missing ${keys}${next && `. ${next}`}`);
  }
  const { key } = first.path![depth]!;
  const below = issues.filter(({ path }) => path![depth]!.key === key);
  return errorOf(below, at(where, key as string | number), next, depth + 1);
};

/**
 * A value as its schema has it, with defaults filled in.
 *
 * @param where names the value in the error, such as `config` or `inverseSqrt()`
 * @param next what the reader can do
 * @throws SteadyformerError that names the first field that is not as it should be, what was received and what is
 * allowed; for an unknown key the nearest known one
 */
export const parseAs = <Schema extends v.GenericSchema>(
  schema: Schema,
  value: unknown,
  where: string,
  next = '',
): v.InferOutput<Schema> => {
  const result = v.safeParse(schema, value);
  if (!result.success) throw errorOf(result.issues, where, next);
  return result.output;
};
