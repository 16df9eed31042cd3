import { describe, expect, it } from 'vitest';
import { parseYaml } from './yaml';

const read = (text: string): unknown => parseYaml(text, 'c.yaml').value;

describe('parseYaml', () => {
  it('reads YAML 1.2 and JSON as plain values', () => {
    expect(read('a: 1e-3\nb: [x, "y", null, ~, true]\nc: { d: 0x10 }\n')).toEqual({
      a: 0.001,
      b: ['x', 'y', null, null, true],
      c: { d: 16 },
    });
    expect(read('{\n\t"a": 1,\n\t"b": ["\\ud83d\\ude00", -2.5e3]\n}\n')).toEqual({ a: 1, b: ['😀', -2500] });
  });

  it('takes words and dates of YAML 1.1 for the texts they are', () => {
    const odd = 'a: yes\nb: 2001-01-01\nc: no\nd: 1_000\n<<: { e: 1 }\n';
    const texts = { a: 'yes', b: '2001-01-01', c: 'no', d: '1_000', '<<': { e: 1 } };
    expect(read(odd)).toEqual(texts);
    expect(read(`%YAML 1.1\n---\n${odd}`)).toEqual(texts);
  });

  it('follows anchors, and makes own properties of all keys', () => {
    expect(read('a: &x { n: 1 }\nb: *x\nc: [*x]')).toEqual({ a: { n: 1 }, b: { n: 1 }, c: [{ n: 1 }] });
    const value = read('__proto__: { width: 1 }\nconstructor: 2\n1: 3\ntrue: 4') as object;
    expect(Object.keys(value)).toEqual(['1', '__proto__', 'constructor', 'true']);
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
  });

  it.each(['', '# nothing\n', '---\n'])('finds nothing in %j', (text) => {
    expect(read(text) ?? undefined).toBeUndefined();
  });

  const laughs = ['a: &a [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]']
    .concat(
      ['b', 'c', 'd', 'e', 'f', 'g', 'h', 'i'].map(
        (name, i) => `${name}: &${name} [${Array(10).fill(`*${'abcdefgh'[i]}`)}]`,
      ),
    )
    .join('\n');
  it.each([
    ['a: 1\na: 2\n', "2:1: the key 'a' is there twice"],
    ['{ "a": 1, "a": 2 }', "1:11: the key 'a' is there twice"],
    ['a: 1\n---\nb: 2\n', '2:1: a second document begins here; a config is one'],
    ['a: { b: 1\n', '2:1: Flow map'],
    ['a: b: c', '1:4: Nested mappings'],
    ['a:\n\tb: 1', '2:1: Tabs are not allowed as indentation'],
    ['a: "x', '1:6: Missing closing'],
    ['a: @x', '1:4: Plain value cannot start with'],
    ['a: .nan', '1:4: received .nan, allowed finite numbers'],
    ['a: [1, -.inf]', '1:8: received -.inf, allowed finite numbers'],
    ['a: 1e999', '1:4: received 1e999, allowed finite numbers'],
    [
      'seed: 12345678901234567890',
      '1:7: received 12345678901234567890, which is too large for a whole number',
    ],
    ['a: !!binary aGk=', '1:4: Unresolved tag'],
    ['a: !!js/function x', '1:4: Unresolved tag'],
    ['a: *b', '1:4: the alias *b has no anchor before it'],
    ['a: &b [*b]', '1:8: the alias *b stands inside its own anchor'],
    ['? [a, b]\n: 1', '1:3: a key is a text'],
    [laughs, 'more than 100000 values'],
    ['['.repeat(100_000), '1:1: nested deeper than 64 levels'],
    ['- '.repeat(100_000), '1:1: nested deeper than 64 levels'],
    ['{a: '.repeat(70), '1:1: nested deeper than 64 levels'],
    [Array.from({ length: 200 }, (_, i) => `${' '.repeat(i)}a:`).join('\n'), 'nested deeper than 64 levels'],
  ])('%#: has one line for what is no config', (text, message) => {
    expect(() => read(text)).toThrow(message);
    expect(() => read(text)).toThrow(/^c\.yaml:\d+:\d+: [^\n]{1,200}$/u);
  });

  it('takes a moment for very many keys', () => {
    const many = Array.from({ length: 20_000 }, (_, i) => `k${i}: 1`).join('\n');
    const start = performance.now();
    expect(Object.keys(read(many) as object)).toHaveLength(20_000);
    expect(performance.now() - start).toBeLessThan(5000);
  });

  it('knows where a value is', () => {
    const { placeOf } = parseYaml('a:\n  b: 1\n  c: [x, { d: 2 }]\n', 'c.yaml');
    expect(placeOf(['a', 'b'])).toBe('2:3');
    expect(placeOf(['a', 'c', 1, 'd'])).toBe('3:12');
    expect(placeOf(['a', 'nothing', 'below'])).toBe('1:1');
    expect(placeOf([])).toBe('1:1');
  });
});
