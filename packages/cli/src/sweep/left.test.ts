import { describe, expect, it } from 'vitest';
import { rangesOf } from './left';

describe('rangesOf', () => {
  it.each([
    [[], ''],
    [[0], '0'],
    [[0, 1, 2, 3], '0-3'],
    [[0, 1, 2, 3, 7], '0-3,7'],
    [[2, 4, 5, 9, 10, 11], '2,4-5,9-11'],
  ] as const)('%j is %s', (indices, text) => {
    expect(rangesOf(indices)).toBe(text);
  });
});
