import { such } from '@steadyformer/core';
import type * as v from 'valibot';

// What the schemas of this package have beside core's.

/** A schema for every key of the options: one too few or too many does not compile. */
export type SchemasOf<Options> = Readonly<Record<keyof Options, v.GenericSchema>>;

/** A field with a default. */
export type Defaulting<T> = v.OptionalSchema<v.GenericSchema<T>, T>;

/** A field that may be absent. */
export type Absentable<T> = v.OptionalSchema<v.GenericSchema<T>, undefined>;

export { needed } from '@steadyformer/core';

/** Whether `value` has a method of this name, its own or of its class. */
export const isMethod = (value: unknown, name: string): boolean =>
  value !== null &&
  value !== undefined &&
  typeof (Object(value) as Record<string, unknown>)[name] === 'function';

/** Objects that have these methods, their own or of their class. */
export const having = <T>(methods: readonly string[], allowed: string): v.GenericSchema<T> =>
  such<T>(allowed, (value) => methods.every((name) => isMethod(value, name)));

/** Lists of what is valid, taken as they are; `allowed` says so in words. */
export const listOf = <T>(
  allowed: string,
  valid: (item: unknown) => boolean,
  length?: number,
): v.GenericSchema<readonly T[]> =>
  such<readonly T[]>(
    allowed,
    (value) =>
      Array.isArray(value) && (length === undefined || value.length === length) && value.every(valid),
  );

/** Whole numbers from `minimum` to `most`. */
export const upTo = (most: number, minimum = 1): v.GenericSchema<number> =>
  such<number>(
    `whole numbers from ${minimum} to ${most}`,
    (value) => Number.isSafeInteger(value) && Number(value) >= minimum && Number(value) <= most,
  );

/** A SHA-256, in hexadecimal. */
export const sha256Sum = (): v.GenericSchema<string> =>
  such<string>('64 hexadecimal digits', (sum) => typeof sum === 'string' && /^[0-9a-f]{64}$/u.test(sum));
