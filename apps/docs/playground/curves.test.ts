import { describe, expect, it } from 'vitest';
import { align, curvesText, short, smoothed } from './curves';

describe('curves', () => {
  it('of other places lie over one axis', () => {
    const [x, ...columns] = align([
      { x: [1, 3], y: [10, 30] },
      { x: [2, 3], y: [5, 6] },
    ]);
    expect(x).toEqual([1, 2, 3]);
    expect(columns).toEqual([
      [10, null, 30],
      [null, 5, 6],
    ]);
    expect(align([])).toEqual([[]]);
  });

  it('are smoothed over what came before', () => {
    expect(smoothed([4, 2, 6, 0], 2)).toEqual([4, 3, 4, 3]);
    expect(smoothed([], 2)).toEqual([]);
  });

  it('are told in words', () => {
    const curve = { label: 'Admin', colour: 'red', x: [1, 9], y: [5, 2.5] };
    expect(curvesText('Loss by update', [curve, { ...curve, label: 'none', x: [], y: [] }])).toBe(
      'Loss by update. Admin: from 5 at 1 to 2.5 at 9.',
    );
    expect(curvesText('Loss by update', [])).toBe('Loss by update. No figures yet.');
  });
});

describe('short()', () => {
  it.each([
    [0, '0'],
    [3.1417, '3.14'],
    [0.00123, '0.00123'],
    [0.0000421, '4.2 · 10⁻⁵'],
    [123456, '1.2 · 10⁵'],
    [Number.NaN, 'NaN'],
  ])('%s is %s', (value, text) => {
    expect(short(value)).toBe(text);
  });
});
