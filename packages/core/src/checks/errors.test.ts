import { describe, expect, it } from 'vitest';
import {
  checkInteger,
  checkOneOf,
  checkOptions,
  checkRate,
  invalidArgument,
  nearest,
  SteadyformerError,
} from './errors';

describe('invalidArgument', () => {
  it('names the value, what is allowed and the next step', () => {
    const error = invalidArgument({ what: 'x', received: 'a', allowed: "'b'", next: 'Do c.' });
    expect(error).toBeInstanceOf(SteadyformerError);
    expect(error.name).toBe('SteadyformerError');
    expect(error.message).toBe("x: received 'a', allowed 'b'. Do c.");
  });

  it.each([
    [undefined, 'undefined'],
    [Number.NaN, 'NaN'],
    [[1, 'a'], "[1, 'a']"],
    [{ a: 1 }, '{"a":1}'],
    [null, 'null'],
  ])('shows %s', (received, shown) => {
    expect(invalidArgument({ what: 'x', received, allowed: 'y' }).message).toBe(
      `x: received ${shown}, allowed y.`,
    );
  });
});

describe('nearest', () => {
  it('is the candidate with the fewest edits', () => {
    expect(nearest('dropuot', ['depth', 'dropout', 'width'])).toBe('dropout');
    expect(nearest('heds', ['heads', 'width'])).toBe('heads');
    expect(nearest('x', [])).toBeUndefined();
  });

  it('is none where none is within the share of its length', () => {
    expect(nearest('x', ['b2t', 'admin'], 0.5)).toBeUndefined();
    expect(nearest('adm', ['b2t', 'admin'], 0.5)).toBe('admin');
    expect(nearest('ad', ['b2t', 'admin'], 0.5)).toBeUndefined();
  });

  it('leaves the list as it was', () => {
    const names = ['b', 'a'];
    nearest('a', names);
    expect(names).toEqual(['b', 'a']);
  });
});

describe('checks', () => {
  it('unknown options name the nearest and all', () => {
    expect(() => checkOptions({ width: 1, hieght: 2 }, ['width', 'height'], 'box()')).toThrow(
      "box(): unknown option 'hieght', did you mean 'height'? Allowed: width, height.",
    );
    expect(() => checkOptions({ a: 1 }, [], 'f()')).toThrow("f(): unknown option 'a'. Allowed: none.");
    expect(() => checkOptions({ width: 1 }, ['width'], 'box()')).not.toThrow();
  });

  it('whole numbers', () => {
    expect(checkInteger('n', 1)).toBe(1);
    expect(checkInteger('n', 0, 0)).toBe(0);
    for (const value of [0, 1.5, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(() => checkInteger('n', value)).toThrow('allowed whole numbers >= 1');
    }
  });

  it('rates', () => {
    expect(checkRate('p', 0)).toBe(0);
    for (const value of [-0.1, 1, Number.NaN])
      expect(() => checkRate('p', value)).toThrow('numbers in [0, 1)');
  });

  it('closed sets', () => {
    expect(checkOneOf('kind', 'a', ['a', 'b'])).toBe('a');
    expect(() => checkOneOf('kind', 'c', ['a', 'b'])).toThrow("kind: received 'c', allowed 'a', 'b'.");
  });
});
