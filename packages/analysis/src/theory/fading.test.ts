import type { ResidualMethod } from '@steadyformer/core';
import { describe, expect, it } from 'vitest';
import { predict } from './predict';
import { describeMethod } from './stack';

/** Post-LN whose i-th branch is scaled by i^-power: beta_ii^2 ~ i^-2 power, and D_N its sum over i. */
const fading = (power: number): ResidualMethod => ({
  name: 'fading',
  options: {},
  plan: ({ index }) => ({
    residual: {
      after: 'layer',
      shortcutScale: { kind: 'one' },
      branchScale: { kind: 'constant', value: (index + 1) ** -power },
    },
  }),
});

describe('growth over the prefixes of one network, whose scales fade with the depth', () => {
  it.each([
    [0.25, 'O(sqrt N)'],
    [0.5, 'O(log N)'],
    [1, 'O(1)'],
  ])('alpha_i = i^-%s is %s, at any depth', (power, notation) => {
    for (const depth of [8, 16, 24, 48, 100]) {
      for (const variance of [0.3, 1, 3]) {
        const stack = describeMethod({ method: fading(power), depth, variance });
        expect([depth, variance, predict(stack).growth?.notation]).toEqual([depth, variance, notation]);
      }
    }
  });
});
