import * as v from 'valibot';
import { finite, flag, needed, oneOf, parseAs, whole } from '../checks/schema';
import { CONFIG } from './source';

// Fields of a checkpoint's config.json. What its file leaves out, or holds null for, has transformers' own default.

/** A field of JSON that is read as a T. */
export type Field<T> = v.GenericSchema<unknown, T>;

const or = <T>(schema: v.GenericSchema<T>, fallback: T): Field<T> =>
  v.nullish(schema, () => fallback) as unknown as Field<T>;

/** A size that has to be there. */
export const size = (): Field<number> => needed(whole()) as unknown as Field<number>;

/** An id that has to be there. */
export const id = (): Field<number> => needed(whole(0)) as unknown as Field<number>;

export const sizeOr = (fallback: number): Field<number> => or(whole(), fallback);

/** Tokens of the longest sentence, of which a table is made: 2^20 at most. */
export const lengthOr = (fallback: number): Field<number> =>
  or(
    finite('whole numbers from 1 to 1048576', (n) => Number.isInteger(n) && n >= 1 && n <= 2 ** 20),
    fallback,
  );

/** A size, where there is one. */
export const maybeSize = (): Field<number | undefined> => maybe(whole());

/** An id, where there is one. */
export const maybeId = (): Field<number | undefined> => maybe(whole(0));

const maybe = <T>(schema: v.GenericSchema<T>): Field<T | undefined> =>
  or<T | undefined>(schema as never, undefined);

export const flagOr = (fallback: boolean): Field<boolean> => or(flag(), fallback);

/** The one value that is read. */
export const only = <const T extends string | boolean>(value: T): Field<T> => or(oneOf([value]), value);

export const oneOfOr = (allowed: readonly string[], fallback: string): Field<string> =>
  or(oneOf(allowed), fallback);

export const positiveOr = (fallback: number): Field<number> =>
  or(
    finite('numbers > 0', (value) => value > 0),
    fallback,
  );

/** A record of these fields and any others, where there is one. */
export const maybeRecord = <const E extends v.ObjectEntries>(
  entries: E,
): Field<v.InferOutput<v.LooseObjectSchema<E, undefined>> | undefined> =>
  maybe(v.looseObject(entries, 'an object') as never);

const NEXT = 'Load another checkpoint, or build the model from Stack and set its weights by loadStateDict.';

/** The fields of `config.json` that are asked for, of any it has. Throws on the first that is not right, naming it. */
export const readFields = <const E extends v.ObjectEntries>(
  entries: E,
  config: unknown,
): v.InferOutput<v.LooseObjectSchema<E, undefined>> => {
  // Weights in another number system need another reader.
  const all = {
    ...entries,
    quantization_config: v.nullish(v.never('nothing: quantised weights are not read')),
  };
  return parseAs(v.looseObject(all), config, CONFIG, NEXT) as never;
};
