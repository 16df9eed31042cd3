import { describe, expect, it } from 'vitest';
import { placeAt } from '../../../testing/places';
import { valueResidual } from './valueResidual';

const at = (kind: string, block: number, depth = 6) => valueResidual().plan(placeAt({ kind, block, depth }));

describe('value residual', () => {
  it("hands the first block's values on, and shows them to later self-attentions alone", () => {
    const first = at('selfAttention', 0);
    expect(first.residual.streams).toMatchObject({ handsOn: { stream: 1 }, write: [1, 0] });
    expect(first.branchOptions).toBeUndefined();
    const later = at('selfAttention', 3);
    expect(later.residual.streams).toMatchObject({ shows: 1, read: [1, 0] });
    expect(later.branchOptions).toMatchObject({ valueMix: { name: 'first values' } });
    for (const kind of ['feedForward', 'crossAttention']) {
      expect(at(kind, 3).branchOptions).toBeUndefined();
      expect(at(kind, 3).residual.streams).not.toHaveProperty('shows');
    }
  });

  it('hands nothing on where nobody comes after', () => {
    expect(at('selfAttention', 0, 1).residual.streams).not.toHaveProperty('handsOn');
  });

  it('knows its options', () => {
    expect(valueResidual({ first: 2 }).options).toEqual({ own: 0.5, first: 2, trained: true, norm: 'rms' });
    expect(() => valueResidual({ own: Number.NaN })).toThrow('firstValues() own: received NaN');
    expect(() => valueResidual({ value: 1 } as never)).toThrow("valueResidual(): unknown option 'value'");
  });
});
