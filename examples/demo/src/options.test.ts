import { expect, it } from 'vitest';
import { parseOptions } from './options';

it.each([
  [
    ['--corpus', 'emoji', '--source', 'a', '--target', 'b'],
    "'--corpus <name>' cannot be used with option '--source",
  ],
  [['--translate', 'a', '--steps', '3'], "'--translate <text>' cannot be used with option '--steps"],
  [['--translate', 'a', '--method', 'preLN'], "cannot be used with option '--method"],
  [['--translate', 'a', '--seed', '1'], "cannot be used with option '--seed"],
  [['--source', 'a'], '--source and --target: received'],
  [['--method', 'constructor'], 'Allowed choices are admin, postLN, preLN'],
  [['--corpus', '__proto__'], 'Allowed choices are libreoffice, emoji'],
  [['--compare', '--method', 'admin'], "'--compare' cannot be used with option '--method"],
  [['--step', '3'], 'Did you mean --steps'],
])('%j is refused, as some of it would be ignored or is not known', (args, message) => {
  expect(() => parseOptions(args)).toThrow(message);
});

it('translates with the model under --output', () => {
  const { translate, output } = parseOptions(['--translate', 'a', '--output', 'x', '--backend', 'cpu']);
  expect([translate, output]).toEqual(['a', 'x']);
});

it('compares in a folder of its own', () => {
  expect(parseOptions(['--compare']).output).toBe('runs/compare');
  expect(parseOptions(['--compare', '--output', 'x']).output).toBe('x');
});
