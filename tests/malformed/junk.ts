import type { Random } from './random';

/** A list within a list, `depth` times. */
const nested = (depth: number): unknown => {
  let value: unknown = [];
  for (let i = 0; i < depth; i++) value = [value];
  return value;
};

/** A record with `__proto__` as a key of its own, as JSON.parse makes it. */
const ownProto = (): unknown => JSON.parse('{"__proto__":{"polluted":true}}');

/** Values that JSON can hold, each made anew. */
const JSON_JUNK: readonly (() => unknown)[] = [
  () => null,
  () => true,
  () => false,
  () => 0,
  () => 1,
  () => -1,
  () => 0.5,
  () => 2.5,
  () => -0,
  () => 1e300,
  () => -1e-300,
  () => 2 ** 31,
  () => 2 ** 53,
  () => 1e5,
  () => '',
  () => ' ',
  () => 'x',
  () => '1',
  () => '0.1',
  () => 'true',
  () => 'null',
  () => 'NaN',
  () => 'toString',
  () => 'constructor',
  () => '__proto__',
  () => '\ud800',
  () => 'x'.repeat(1e6),
  () => [],
  () => [null],
  () => [1],
  () => ['x', 'x'],
  () => ({}),
  () => ({ length: 3 }),
  () => ({ kind: 'x' }),
  () => ({ name: 'x', options: {} }),
  ownProto,
  () => nested(5000),
];

/** What only a program can pass. */
const PROGRAM_JUNK: readonly (() => unknown)[] = [
  () => Number.NaN,
  () => Number.POSITIVE_INFINITY,
  () => Number.NEGATIVE_INFINITY,
  () => 10n,
  () => Symbol('x'),
  () => () => 1,
  () => () => Number.NaN,
  () => new Date(0),
  () => new Map(),
  () => new Uint8Array(3),
  () => new Float32Array(2),
  () => Promise.resolve(1),
  () => Object.create(null),
  () => {
    const circle: Record<string, unknown> = {};
    circle.self = circle;
    return circle;
  },
  () => {
    const list: unknown[] = [];
    list.push(list);
    return list;
  },
];

export const jsonJunk = (random: Random): unknown => random.pick(JSON_JUNK)();

export const programJunk = (random: Random): unknown =>
  random.chance(0.55) ? random.pick(JSON_JUNK)() : random.pick(PROGRAM_JUNK)();

/** Keys that no record of ours has. */
export const STRANGE_KEYS = [
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'hasOwnProperty',
  'x',
  '',
  '0',
  'then',
  'length',
] as const;

/** Sets a key as its own, whatever it is called. */
export const setOwn = (record: object, key: string, value: unknown): void => {
  Object.defineProperty(record, key, { value, enumerable: true, configurable: true, writable: true });
};

/** A value in a few words, for reports. */
export const shown = (value: unknown): string => {
  const text = ((): string => {
    if (typeof value === 'bigint' || typeof value === 'symbol' || typeof value === 'function')
      return String(value);
    if (typeof value === 'number') return Object.is(value, -0) ? '-0' : String(value);
    try {
      return JSON.stringify(value) ?? String(value);
    } catch {
      return `a value without JSON (${Object.prototype.toString.call(value)})`;
    }
  })();
  return text.length > 80 ? `${text.slice(0, 60)}... (${text.length} characters)` : text;
};
