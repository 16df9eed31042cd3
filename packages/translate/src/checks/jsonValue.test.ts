import { describe, expect, it } from 'vitest';
import { fromJson, toJson } from './jsonValue';

const there = (value: unknown): string => JSON.stringify(toJson(value, 'x'));
const back = (value: unknown): unknown => fromJson(JSON.parse(there(value)), 'x');

describe('toJson, fromJson', () => {
  it('keep numbers that JSON has no form for, as texts that Number() reads', () => {
    expect(there({ a: Number.NaN, b: [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1.5] })).toBe(
      '{"a":"NaN","b":["Infinity","-Infinity",1.5]}',
    );
  });

  it.each([
    ['texts that read like such numbers', ['NaN', 'Infinity', '-Infinity', "'NaN", "''-Infinity"]],
    ['texts that do not', ["'", "'a", '+Infinity', 'nan', ' NaN', '']],
    ['what is in each other', { a: [{ b: [Number.NaN, null, true, 'ü\u2028"'] }], 'c d': {} }],
    ['a key that objects have a meaning for', JSON.parse('{"__proto__":{"x":"NaN"},"constructor":1}')],
    ['an object without prototype', Object.assign(Object.create(null), { a: 1 }) as unknown],
    ['the top', Number.NEGATIVE_INFINITY],
  ])('give back %s', (_what, value) => {
    expect(back(value)).toEqual(value);
    expect(Object.keys(Object(back(value)) as object)).toEqual(Object.keys(Object(value) as object));
  });

  it('leave out what is undefined', () => {
    expect(there({ a: undefined, b: 1 })).toBe('{"b":1}');
  });

  const circle: Record<string, unknown> = {};
  circle.circle = circle;
  it.each<[unknown, string]>([
    [{ a: { 'b c': [1, new Date(0)] } }, "x.a['b c'][1]: received a Date, allowed texts, numbers, true"],
    [{ a: Float32Array.of(1) }, 'x.a: received a Float32Array'],
    [{ a: 1n }, 'x.a: received 1,'],
    [{ a: () => 1 }, 'x.a: received the function a'],
    [{ a: [undefined] }, 'x.a[0]: received undefined'],
    // biome-ignore lint/suspicious/noSparseArray: what is tested
    [{ a: [1, , 2] }, 'x.a[1]: received undefined'],
    [{ a: new Map([[1, 2]]) }, 'x.a: received a Map'],
    [circle, 'allowed lists and objects in each other up to 100 levels, and none that holds itself.'],
  ])('refuse %o', (value, message) => {
    expect(() => toJson(value, 'x')).toThrow(message);
  });

  it('refuse what is nested deeper, in a short message', () => {
    const deep = (levels: number): string => '['.repeat(levels) + ']'.repeat(levels);
    expect(fromJson(JSON.parse(deep(100)), 'x')).toBeInstanceOf(Array);
    expect(() => fromJson(JSON.parse(deep(5000)), 'x')).toThrow('x: allowed lists and objects in each other');
    expect(() => toJson(circle, 'x')).toThrow(/^.{1,250}$/u);
  });
});
