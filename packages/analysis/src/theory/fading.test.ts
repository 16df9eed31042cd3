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

describe('growth over the prefixes of one network, whose branches fade with the depth', () => {
  it.each([
    [0, 'O(N)'],
    [0.25, 'O(sqrt N)'],
    [0.5, 'O(log N)'],
    [0.75, 'O(1)'],
    [1, 'O(1)'],
  ])('alpha_i = i^-%s is %s, however deep', (power, notation) => {
    const block = ['feedForward'];
    for (const depth of [8, 16, 24, 48, 100, 300]) {
      const { growth } = predict(describeMethod({ method: fading(power), depth, block }));
      expect([depth, growth?.notation]).toEqual([depth, notation]);
    }
    // Beside attention, whose variance rises with the depth at first.
    const deep = predict(describeMethod({ method: fading(power), depth: 48 }));
    expect(deep.growth?.notation).toBe(notation);
  });

  it('is not told from two blocks, however many branches they have', () => {
    const block = ['feedForward', 'selfAttention', 'feedForward', 'selfAttention', 'feedForward'];
    const { growth, outputChange } = predict(describeMethod({ method: fading(0.25), depth: 2, block }));
    expect(outputChange).toHaveLength(10);
    expect(growth).toBeUndefined();
  });
});
