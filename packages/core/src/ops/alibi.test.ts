import { describe, expect, it } from 'vitest';
import { read } from '../../testing/numbers';
import { alibiBias, alibiSlopes } from './alibi';

describe('alibiSlopes', () => {
  it('are the geometric sequence of the paper for 8 heads', () => {
    expect(alibiSlopes(8)).toEqual([1 / 2, 1 / 4, 1 / 8, 1 / 16, 1 / 32, 1 / 64, 1 / 128, 1 / 256]);
  });

  it('fill up from twice the power of two below', () => {
    const six = alibiSlopes(6);
    expect(six.slice(0, 4)).toEqual([1 / 4, 1 / 16, 1 / 64, 1 / 256]);
    expect(six.slice(4)).toEqual([1 / 2, 1 / 8]);
  });
});

describe('alibiBias', () => {
  it('grows with the distance from the query, counted from the last key', () => {
    const bias = alibiBias(2, 2, 3);
    expect(bias.shape).toEqual([1, 2, 2, 3]);
    const [near, far] = [1 / 16, 1 / 256];
    const distances = [1, 0, 1, 2, 1, 0];
    const expected = [near, far].flatMap((slope) => distances.map((d) => -slope * d));
    expect(read(bias)).toEqual(expected.map((value) => value));
    bias.dispose();
  });
});
