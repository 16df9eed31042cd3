import { describe, expect, it } from 'vitest';
import { placeAt } from '../../../testing/places';
import { fixup } from './fixup';

describe('Fixup', () => {
  it('scales the first of two weight layers by N^(-1/2), zeroes the last, and multiplies by a scalar from 1', () => {
    expect(fixup().plan(placeAt({ branches: 16 }))).toEqual({
      residual: { shortcutScale: { kind: 'one' }, branchScale: { kind: 'scalar', initial: 1 } },
      initGains: { value: 0.25, output: 0, inner: 0.25, outer: 0 },
    });
  });
});
