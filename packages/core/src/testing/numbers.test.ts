import { describe, expect, it } from 'vitest';
import { checkClose, maxError } from './numbers';

const { NaN: NAN, POSITIVE_INFINITY: INFINITE } = Number;

describe('maxError', () => {
  it('is the largest difference, of the largest number', () => {
    expect(maxError([1, 2, 4.4], [1, 2, 4])).toBeCloseTo(0.1, 12);
    expect(maxError([1], [2], 1)).toBe(1);
    expect(maxError([0, -0], [-0, 0])).toBe(0);
  });

  it('lets no NaN and no infinity pass, wherever it stands, but where both have it', () => {
    for (const odd of [NAN, INFINITE, -INFINITE]) {
      expect(maxError([odd, 1], [1, 1])).toBe(INFINITE);
      expect(maxError([1, odd], [1, 1])).toBe(INFINITE);
      expect(maxError([1, 1], [odd, 1])).toBe(INFINITE);
      expect(maxError([odd, 1.5], [odd, 1])).toBe(0.5);
    }
    expect(maxError([INFINITE], [-INFINITE])).toBe(INFINITE);
  });

  it('compares as many numbers as there are', () => {
    expect(() => maxError([1], [1, 2])).toThrow('1 numbers against 2');
  });
});

describe('checkClose', () => {
  const plain = (data: number[]) => ({ shape: [data.length], data });

  it('passes what is within, and says where the worst is', () => {
    checkClose('y', plain([1, 2.001]), plain([1, 2]), 1e-3);
    expect(() => checkClose('y', plain([1, 2.01, 3.1]), plain([1, 2, 3]), 1e-3)).toThrow(
      'y: largest error 0.0333 of the largest number expected, allowed 0.001; at element 2 received 3.1, expected 3.',
    );
    expect(() => checkClose('y', plain([NAN, 9]), plain([1, 2]), 1e-3)).toThrow(
      'at element 0 received NaN, expected 1.',
    );
  });

  it('tells shapes and types apart', () => {
    expect(() => checkClose('y', plain([1]), { shape: [1, 1], data: [1] }, 1)).toThrow(
      'y: received float32 [1], expected float32 [1,1].',
    );
    expect(() => checkClose('y', { ...plain([1]), dtype: 'int32' }, plain([1]), 1)).toThrow(
      'y: received int32 [1], expected float32 [1].',
    );
  });
});
