import { describe, expect, it } from 'vitest';
import { placeAt } from '../../../testing/places';
import { skipInit } from './skipInit';

describe('SkipInit', () => {
  it('has one scalar a branch from 0, and no norm', () => {
    expect(skipInit().plan(placeAt())).toEqual({
      residual: { shortcutScale: { kind: 'one' }, branchScale: { kind: 'scalar', initial: 0 } },
    });
  });

  it('starts from N^(-1/2) where asked, after a norm where asked', () => {
    const { residual } = skipInit({ initial: 'inverseSqrt', preNorm: true }).plan(placeAt({ branches: 16 }));
    expect(residual.branchScale).toEqual({ kind: 'scalar', initial: 0.25 });
    expect(residual.before).toBe('layer');
  });

  it('refuses other options', () => {
    expect(() => skipInit({ initial: 'one' as never })).toThrow(
      "skipInit() initial: received 'one', allowed 'zero', 'inverseSqrt'.",
    );
    expect(() => skipInit({ prenorm: true } as never)).toThrow("did you mean 'preNorm'");
  });
});
