import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import {
  anyRecord,
  callback,
  checkedBy,
  fields,
  finite,
  flag,
  oneOf,
  parseAs,
  rate,
  text,
  whole,
} from './schema';

const schema = fields({
  width: whole(),
  dropout: v.optional(fields({ residual: v.optional(rate(), 0), attention: rate() })),
  kind: v.optional(oneOf(['one', 'two']), 'one'),
  layers: v.optional(v.array(fields({ name: text() }), 'a list of layers')),
  options: v.optional(anyRecord()),
  trained: v.optional(flag(), false),
  scale: v.optional(finite('numbers > 0', (value) => value > 0)),
  make: v.optional(callback<() => void>()),
});

describe('parseAs', () => {
  it('gives what was received, with defaults', () => {
    const make = (): void => {};
    expect(parseAs(schema, { width: 3, dropout: { attention: 0.1 }, make }, 'config')).toEqual({
      width: 3,
      dropout: { residual: 0, attention: 0.1 },
      kind: 'one',
      trained: false,
      make,
    });
  });

  it.each<[unknown, string]>([
    [undefined, 'config: received undefined, allowed an object of width, dropout, kind,'],
    [[], 'config: received [], allowed an object of'],
    [new Map(), 'config: received a Map, allowed an object of'],
    [
      { width: 3, widht: 4 },
      "config: unknown option 'widht', did you mean 'width'? Allowed: width, dropout,",
    ],
    [{}, 'config: missing width'],
    [{ width: 0 }, 'config.width: received 0, allowed whole numbers >= 1.'],
    [{ width: undefined }, 'config.width: received undefined, allowed whole numbers >= 1.'],
    [{ width: 2.5, kind: 3 }, 'config.width: received 2.5'],
    [{ width: 1, dropout: 0.1 }, 'config.dropout: received 0.1, allowed an object of residual, attention.'],
    [{ width: 1, dropout: {} }, 'config.dropout: missing attention'],
    [
      { width: 1, dropout: { attention: 1 } },
      'config.dropout.attention: received 1, allowed numbers in [0, 1).',
    ],
    [
      { width: 1, dropout: { attention: 0, atention: 0 } },
      "config.dropout: unknown option 'atention', did you",
    ],
    [{ width: 1, kind: 'three' }, "config.kind: received 'three', allowed 'one', 'two'."],
    [
      { width: 1, layers: [{ name: 'a' }, { name: 3 }] },
      'config.layers[1].name: received 3, allowed a text.',
    ],
    [{ width: 1, layers: {} }, 'config.layers: received {}, allowed a list of layers.'],
    [{ width: 1, options: [] }, 'config.options: received [], allowed an object.'],
    [{ width: 1, trained: 1 }, 'config.trained: received 1, allowed true, false.'],
    [{ width: 1, scale: -1 }, 'config.scale: received -1, allowed numbers > 0.'],
    [{ width: 1, make: 3 }, 'config.make: received 3, allowed a function.'],
  ])('says of %j: %s', (value, message) => {
    expect(() => parseAs(schema, value, 'config')).toThrow(message);
  });

  it.each(['constructor', 'toString', '__proto__'])('takes %s for no known key', (key) => {
    const value: unknown = JSON.parse(`{ "width": 1, "${key}": {} }`);
    expect(() => parseAs(schema, value, 'config')).toThrow(`config: unknown option '${key}'`);
  });

  it('names fields of what has a title without a dot, and says what to do', () => {
    expect(() => parseAs(schema, { width: 0 }, 'Transformer', 'Use another copy.')).toThrow(
      'Transformer width: received 0, allowed whole numbers >= 1. Use another copy.',
    );
    expect(() => parseAs(schema, { width: 0 }, 'admin()')).toThrow('admin() width: received 0');
  });

  it('hands the errors of other checks on', () => {
    const own = fields({
      a: checkedBy((value: number) => {
        if (value !== 1) throw new Error('not one');
      }),
    });
    expect(parseAs(own, { a: 1 }, 'x')).toEqual({ a: 1 });
    expect(() => parseAs(own, { a: 2 }, 'x')).toThrow('not one');
  });
});
