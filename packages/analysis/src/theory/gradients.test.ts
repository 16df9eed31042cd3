import { admin, b2t, postLN, preLN, type ResidualMethod } from '@steadyformer/core';
import { describe, expect, it } from 'vitest';
import { predict } from '..';

const decoder = (method: ResidualMethod, depth: number, cross: number) =>
  predict({
    method,
    depth,
    stack: 'decoder',
    variance: { selfAttention: cross, crossAttention: cross, feedForward: cross },
  }).gradients;

describe('gradient norms', () => {
  it('keep their size through feed-forward branches and lose (1 + v)^-1/2 through encoder-attention in Post-LN', () => {
    const { factors } = decoder(postLN(), 2, 0.216);
    expect(factors[5]).toBeCloseTo(1, 12);
    expect(factors[4]).toBeCloseTo(0.907, 3);
    // Self-attention too, where gradients of tokens correlate as the tokens do.
    expect(factors[3]).toBeCloseTo(1, 12);
  });

  it('vanish exponentially in a Post-LN decoder: 0.045 over 18 layers at v = 0.41', () => {
    expect(decoder(postLN(), 18, 0.41).relative[0]).toBeCloseTo(0.045, 3);
  });

  it('fall like M^(-1/6) in an Admin decoder', () => {
    const ratio = decoder(admin(), 64, 0.41).relative[0]! / decoder(admin(), 8, 0.41).relative[0]!;
    expect(ratio).toBeCloseTo(8 ** (-1 / 6), 1);
  });

  it('never shrink on the way down a Pre-LN stack', () => {
    for (const factor of decoder(preLN(), 6, 0.41).factors) expect(factor).toBeGreaterThanOrEqual(1);
  });

  it('do not vanish in a Post-LN encoder', () => {
    const { gradients } = predict({ method: postLN(), depth: 18 });
    for (const factor of gradients.factors) expect(factor).toBeCloseTo(1, 10);
  });

  it('count the second way round a block: a linear stack passes on the square of its slope', () => {
    // Without branches, each block is LN(x + x): slope 2 over a deviation of 2.
    const { gradients } = predict({ method: b2t(), depth: 3, variance: 1e-12 });
    expect(gradients.relative[0]).toBeCloseTo(1, 5);
  });
});
