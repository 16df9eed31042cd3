import { describe, expect, it } from 'vitest';
import { placeAt } from '../../../testing/places';
import { needsFinalNorm } from '../residual';
import { sandwich } from './sandwich';

describe('sandwich', () => {
  it('norms the branch on both sides, and the stack at its end', () => {
    const { residual, initGains } = sandwich().plan(placeAt());
    expect(residual).toEqual({
      before: 'layer',
      inside: 'layer',
      shortcutScale: { kind: 'one' },
      branchScale: { kind: 'one' },
    });
    expect(initGains).toBeUndefined();
    expect(needsFinalNorm(residual)).toBe(true);
  });
});
