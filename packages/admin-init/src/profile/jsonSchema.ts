import { invalidArgument, nearest } from '@steadyformer/core';

/** The part of JSON Schema (2020-12) that our files need. */
export interface JsonSchema {
  readonly $schema?: string;
  readonly title?: string;
  readonly description?: string;
  readonly type?: JsonType | readonly JsonType[];
  readonly const?: string | number;
  readonly enum?: readonly string[];
  readonly exclusiveMinimum?: number;
  readonly minimum?: number;
  readonly items?: JsonSchema;
  readonly minItems?: number;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  /** Of the properties that `properties` does not name: none, or all of this schema. Absent: any. */
  readonly additionalProperties?: false | JsonSchema;
}

type JsonType = 'object' | 'array' | 'string' | 'number' | 'integer' | 'boolean' | 'null';

/** Throws where a value does not follow the schema, naming the first field that is wrong, received and allowed. */
export const checkSchema = (value: unknown, schema: JsonSchema, path: string): void => {
  const allowed = violated(value, schema);
  if (allowed) throw invalidArgument({ what: path, received: value, allowed });
  if (Array.isArray(value) && schema.items) {
    for (const [i, item] of value.entries()) checkSchema(item, schema.items, `${path}[${i}]`);
  } else if (typeOf(value) === 'object') checkProperties(value as object, schema, path);
};

const checkProperties = (value: object, schema: JsonSchema, path: string): void => {
  const { properties = {}, required = [], additionalProperties } = schema;
  for (const key of required) {
    if (Object.hasOwn(value, key)) continue;
    throw invalidArgument({
      what: `${path}.${key}`,
      received: undefined,
      allowed: describe(properties[key]),
    });
  }
  for (const [key, item] of Object.entries(value)) {
    const known = Object.hasOwn(properties, key) ? properties[key] : additionalProperties;
    if (known === false) {
      const names = Object.keys(properties);
      const next = `Did you mean '${nearest(key, names)}'?`;
      throw invalidArgument({ what: `key of ${path}`, received: key, allowed: names.join(', '), next });
    }
    if (known) checkSchema(item, known, `${path}.${key}`);
  }
};

/** What is allowed, where the value itself, without what it holds, is not. */
const violated = (value: unknown, schema: JsonSchema): string | undefined => {
  const types = schema.type === undefined ? [] : [schema.type].flat();
  const number = typeof value === 'number' ? value : undefined;
  const wrong =
    (types.length > 0 && !types.some((type) => isOf(value, type))) ||
    (schema.const !== undefined && value !== schema.const) ||
    (schema.enum && !schema.enum.includes(value as string)) ||
    (number !== undefined && number < (schema.minimum ?? Number.NEGATIVE_INFINITY)) ||
    (number !== undefined && number <= (schema.exclusiveMinimum ?? Number.NEGATIVE_INFINITY)) ||
    (Array.isArray(value) && value.length < (schema.minItems ?? 0));
  return wrong ? describe(schema) : undefined;
};

const typeOf = (value: unknown): string =>
  value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value;

const isOf = (value: unknown, type: JsonType): boolean => {
  if (type === 'integer') return Number.isInteger(value);
  if (type === 'number') return Number.isFinite(value);
  return typeOf(value) === type;
};

const describe = (schema: JsonSchema = {}): string => {
  if (schema.const !== undefined)
    return typeof schema.const === 'string' ? `'${schema.const}'` : `${schema.const}`;
  if (schema.enum) return schema.enum.map((item) => `'${item}'`).join(', ');
  const type = [schema.type ?? 'any value'].flat().join(' or ');
  if (schema.minimum !== undefined) return `${type} >= ${schema.minimum}`;
  if (schema.exclusiveMinimum !== undefined) return `${type} > ${schema.exclusiveMinimum}`;
  return schema.minItems ? `${type} of ${schema.minItems} or more` : type;
};
