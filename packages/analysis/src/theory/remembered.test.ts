import { describe, expect, it } from 'vitest';
import { MOST, remembered } from './remembered';

describe('remembered', () => {
  const counted: number[] = [];
  const double = remembered(String, (x: number) => {
    counted.push(x);
    return x === 0 ? undefined : 2 * x;
  });

  it('counts nothing twice, undefined neither', () => {
    expect([3, 3, 0, 0].map(double)).toEqual([6, 6, undefined, undefined]);
    expect(counted).toEqual([3, 0]);
  });

  it('lets the oldest go where it holds as many as it may', () => {
    for (let i = 1; i < MOST; i++) double(10 + i);
    counted.length = 0;
    expect([0, 10 + MOST - 1, 3].map(double)).toEqual([undefined, 2 * (10 + MOST - 1), 6]);
    expect(counted).toEqual([3]);
  });
});
