import { fields, isRecord, SteadyformerError } from '@steadyformer/core';
import * as v from 'valibot';

// A config's keys, each with its schema, default and meaning in one place: what is read, and what a reader is shown.

/** One key of a config. */
export interface Key<T> {
  readonly schema: v.GenericSchema<T>;
  /** Where it is not given; undefined where it is then left out. */
  readonly fallback: T | undefined;
  /** What it is for, in one sentence or two. */
  readonly meaning: string;
}

/** A record of keys that belong together. */
export interface Section<T> {
  readonly meaning: string;
  readonly keys: Keys<T>;
}

/** The keys of a section of a config, by name. */
export type Keys<T> = {
  readonly [K in keyof T]-?: Key<Exclude<T[K], undefined>> | Section<Exclude<T[K], undefined>>;
};

/** Whether an entry of a config's keys is a section of further keys. */
export const isSection = (entry: Key<never> | Section<never>): entry is Section<never> => 'keys' in entry;

/** A key; without a default it may be left out. */
export const key = <T>(meaning: string, schema: v.GenericSchema<T>, fallback?: T): Key<T> => ({
  meaning,
  schema,
  fallback,
});

/** A key that has to be given. */
export const neededKey = <T>(meaning: string, schema: v.GenericSchema<T>): Key<T> => ({
  ...key(meaning, schema),
  fallback: NEEDED as T,
});

/** Stands for the default of a key that has none and has to be given. */
export const NEEDED: unique symbol = Symbol('needed');

export const section = <T>(meaning: string, keys: Keys<T>): Section<T> => ({ meaning, keys });

/** The schema of a section, defaults filled in, of those below as well. */
export const schemaOf = <T>({ keys }: Section<T>): v.GenericSchema<T> =>
  fields(
    Object.fromEntries(
      Object.entries(keys as unknown as Readonly<Record<string, Key<never> | Section<never>>>).map(
        ([name, entry]) => [name, entrySchema(entry)],
      ),
    ),
  ) as unknown as v.GenericSchema<T>;

const entrySchema = (entry: Key<never> | Section<never>): v.GenericSchema => {
  if (isSection(entry)) return v.optional(schemaOf(entry), {} as never);
  const { schema, fallback } = entry;
  if ((fallback as unknown) === NEEDED) return schema;
  return fallback === undefined ? v.optional(schema) : v.optional(schema, fallback);
};

/** What `schemaFor` says of the value at hand: a text in short form, or a record. */
export const byForm = <T>(schemaFor: (value: unknown) => v.GenericSchema): v.GenericSchema<T> =>
  v.lazy((value) => schemaFor(value)) as unknown as v.GenericSchema<T>;

/** No config of ours is nested so deep. */
const DEEPEST = 100;

/**
 * A config without what is null, which stands for what is not given.
 *
 * @param where what errors call it
 * @throws SteadyformerError on lists and records that are nested without end
 */
export const withoutNulls = (value: unknown, where: string, depth = 0): unknown => {
  if (depth > DEEPEST)
    throw new SteadyformerError(`${where}: lists and records are nested deeper than ${DEEPEST}.`);
  if (Array.isArray(value)) return value.map((item) => withoutNulls(item, where, depth + 1));
  if (!isRecord(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, item]) => item !== null)
      .map(([name, item]) => [name, withoutNulls(item, where, depth + 1)]),
  );
};
