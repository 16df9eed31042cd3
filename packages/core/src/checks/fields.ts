import { checkInteger, checkOptions, SteadyformerError } from './errors';

/** Throws unless a value may be what `what` says. */
export type FieldCheck = (what: string, value: never) => unknown;

/** The fields of a record and what they may be. A key that ends in '?' may be absent. */
export type Fields = Readonly<Record<string, FieldCheck>>;

const nameOf = (key: string): string => key.replace('?', '');

/** The names of fields, without their marks. */
export const fieldNames = (fields: Fields): string[] => Object.keys(fields).map(nameOf);

/** Where a field is: `config.dropout.residual`, and `Transformer width` of what has a title. */
const at = (where: string, name: string): string => `${where}${/^[A-Z]\w*$/.test(where) ? ' ' : '.'}${name}`;

/** Throws where a record misses a field, or has one that is not known or not what it may be, naming it. */
export const checkFields = (record: object, fields: Fields, where: string): void => {
  checkOptions(record, fieldNames(fields), where);
  const missing = Object.keys(fields).filter((key) => !key.endsWith('?') && !Object.hasOwn(record, key));
  if (missing.length > 0) throw new SteadyformerError(`${where}: missing ${missing.join(', ')}`);
  for (const [key, check] of Object.entries(fields)) {
    const name = nameOf(key);
    const value = (record as Readonly<Record<string, unknown>>)[name];
    if (value !== undefined || name === key) check(at(where, name), value as never);
  }
};

/** A check of whole numbers of at least `minimum`. */
export const whole =
  (minimum = 1): FieldCheck =>
  (what, value) =>
    checkInteger(what, value, minimum);
