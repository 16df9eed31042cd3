import { describe, expect, it } from 'vitest';
import { placeAt } from '../../../testing/places';
import { reZero, reZeroPostLN } from './reZero';

describe('ReZero', () => {
  it('has no norm, and one scalar a block from 0', () => {
    expect(reZero().plan(placeAt({ block: 3 }))).toEqual({
      residual: {
        shortcutScale: { kind: 'one' },
        branchScale: { kind: 'scalar', initial: 0, sharedBy: 'block 3' },
      },
    });
  });

  it('with Post-LN norms the sum', () => {
    const { residual } = reZeroPostLN().plan(placeAt({ block: 3 }));
    expect(residual).toEqual({ ...reZero().plan(placeAt({ block: 3 })).residual, after: 'layer' });
  });
});
