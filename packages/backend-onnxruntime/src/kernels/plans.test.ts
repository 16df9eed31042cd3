import { describe, expect, it } from 'vitest';
import { planReduction } from './reduction';
import { simplifyPermutation } from './transpose';

describe('planReduction', () => {
  it('merges neighbouring axes of one kind and leaves out axes of size 1', () => {
    expect(planReduction([2, 3, 4, 5], [2, 3], false)).toEqual({
      shape: [6, 20],
      axes: [1],
      result: [2, 3],
    });
    expect(planReduction([2, 1, 4], [0], true)).toEqual({
      shape: [2, 4],
      axes: [0],
      result: [1, 1, 4],
    });
    expect(planReduction([2, 3, 4], [0, 2], false)).toMatchObject({
      shape: [2, 3, 4],
      axes: [0, 2],
      result: [3],
    });
    expect(planReduction([1, 1], [0, 1], false)).toMatchObject({ shape: [], axes: [], result: [] });
  });
});

describe('simplifyPermutation', () => {
  it('merges axes that stay neighbours', () => {
    expect(simplifyPermutation([2, 3, 4, 5], [2, 3, 0, 1])).toEqual({ shape: [6, 20], permutation: [1, 0] });
    expect(simplifyPermutation([2, 3, 4, 5], [0, 2, 1, 3])).toEqual({
      shape: [2, 3, 4, 5],
      permutation: [0, 2, 1, 3],
    });
  });

  it('sees that nothing moves', () => {
    expect(simplifyPermutation([1, 3, 1, 5], [2, 1, 0, 3]).permutation).toEqual([0]);
    expect(simplifyPermutation([1, 1], [1, 0]).permutation).toEqual([]);
  });
});
