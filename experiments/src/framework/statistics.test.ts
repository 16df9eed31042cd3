import { describe, expect, it } from 'vitest';
import { judge, median, shown } from './statistics';

describe('judge', () => {
  // Mean 2, standard error 1 / sqrt(3), t of 2 degrees 4.3027: 2 +- 2.4841.
  const samples = [1, 2, 3];

  it('agrees or disagrees where the whole interval lies within what says so, and else cannot tell', () => {
    expect(judge(samples, { above: -0.49 }, { below: -1 })).toBe('agrees');
    expect(judge(samples, { above: -0.48 }, { below: -1 })).toBe('cannot tell');
    expect(judge(samples, { above: 9 }, { below: 4.49 })).toBe('disagrees');
    expect(judge(samples, { above: 9 }, { below: 4.48 })).toBe('cannot tell');
    expect(judge(samples, { above: -1, below: 5 }, { above: 5 })).toBe('agrees');
  });

  it('cannot tell from fewer than 3 runs', () => {
    expect(judge([1, 1], { above: 0 }, { below: 0 })).toBe('cannot tell');
    expect(judge([1, 1, 1], { above: 0 }, { below: 0 })).toBe('agrees');
  });
});

it('shows a mean with its interval and the number of runs', () => {
  expect(shown([1, 2, 3])).toBe('2 (-0.484 to 4.48, 3 runs)');
  expect(shown([0.00012345])).toBe('1.2e-4 (1 run)');
});

it('takes the middle', () => {
  expect(median([3, 1, 2])).toBe(2);
  expect(median([4, 1, 2, 3])).toBe(2.5);
});
