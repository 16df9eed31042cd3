import { describe, expect, it } from 'vitest';
import { cellAt, cellText, channelsOf, mapText, moved, opacityOf, pixelsOf } from './heatMap';

const ROWS = [
  [0.6, 0.8],
  [0, 0.6, 0.8],
];

describe('the heat map', () => {
  it('paints the lower triangle, the stronger the more', () => {
    const pixels = pixelsOf(ROWS, [1, 2, 3]);
    expect(pixels).toHaveLength(4 * 2 * 3);
    const alpha = (i: number, j: number): number => pixels[4 * (i * 3 + j) + 3]!;
    expect([...pixels.subarray(0, 3)]).toEqual([1, 2, 3]);
    expect(alpha(0, 1)).toBeGreaterThan(alpha(0, 0));
    expect(alpha(0, 2)).toBe(0);
    expect(alpha(1, 0)).toBe(0);
    expect([0, 1, 3].map(opacityOf)).toEqual([0, 1, 1]);
  });

  it('knows a colour as the browser writes it', () => {
    expect(channelsOf('rgb(0, 103, 165)')).toEqual([0, 103, 165]);
    expect(channelsOf('')).toEqual([0, 0, 0]);
  });

  it('finds the cell at a place, the diagonal where there is none', () => {
    expect(cellAt(0, 0, 2)).toEqual({ i: 1, j: 0 });
    expect(cellAt(0.99, 0.99, 2)).toEqual({ i: 2, j: 2 });
    expect(cellAt(0.99, 0.1, 2)).toEqual({ i: 1, j: 1 });
    expect(cellAt(-1, 7, 2)).toEqual({ i: 2, j: 0 });
  });

  it('is walked with the arrow keys', () => {
    expect(moved({ i: 2, j: 2 }, 'ArrowUp', 2)).toEqual({ i: 1, j: 1 });
    expect(moved({ i: 2, j: 2 }, 'ArrowRight', 2)).toEqual({ i: 2, j: 2 });
    expect(moved({ i: 1, j: 0 }, 'ArrowLeft', 2)).toEqual({ i: 1, j: 0 });
    expect(moved({ i: 1, j: 0 }, 'ArrowDown', 2)).toEqual({ i: 2, j: 0 });
    expect(moved({ i: 1, j: 0 }, 'toString', 2)).toBeUndefined();
  });

  it('says what a cell and the whole mean', () => {
    const paths = ['encoder.layers.0.selfAttention', 'encoder.layers.0.feedForward'];
    expect(cellText({ i: 2, j: 1 }, ROWS, paths)).toBe(
      'i = 2, j = 1: β = 0.600. How much the output after branch 2 depends on branch 1, self-attention of block 1.',
    );
    expect(cellText({ i: 1, j: 0 }, ROWS, paths)).toContain('depends on the input.');
    expect(mapText('Post-LN, 1 block', ROWS)).toContain(
      '2 rows. The output depends on its last branch by 0.80, on the input by 0.00; half-way up, on its last branch by 0.80.',
    );
  });
});
