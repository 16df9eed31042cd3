import { describe, expect, it } from 'vitest';
import { onBackends } from '../../testing/backends';
import { maxError, read } from '../../testing/numbers';
import { sinusoidalPositions } from './sinusoidalPositions';

onBackends(() => {
  describe('sinusoidalPositions', () => {
    it("has fairseq's layout: sines, then cosines, frequencies from 1 to 1 / 10000", () => {
      const table = sinusoidalPositions(3, 6, 2);
      expect(table.shape).toEqual([3, 6]);
      const frequencies = [1, 1 / 100, 1 / 10000];
      const expected = [2, 3, 4].flatMap((t) => [
        ...frequencies.map((f) => Math.sin(t * f)),
        ...frequencies.map((f) => Math.cos(t * f)),
      ]);
      expect(maxError(read(table), expected)).toBeLessThan(1e-6);
      table.dispose();
    });

    it('has the layout of Vaswani et al. where asked: sines and cosines in turn, frequencies 10000^(-2i / D)', () => {
      const table = sinusoidalPositions(3, 6, 2, 'interleaved');
      const expected = [2, 3, 4].flatMap((t) =>
        [0, 1, 2].flatMap((i) => [Math.sin(t / 10000 ** (i / 3)), Math.cos(t / 10000 ** (i / 3))]),
      );
      expect(maxError(read(table), expected)).toBeLessThan(1e-6);
      table.dispose();
    });

    it('stays exact far from the start', () => {
      const table = sinusoidalPositions(1, 4, 5000);
      const expected = [Math.sin(5000), Math.sin(0.5), Math.cos(5000), Math.cos(0.5)];
      expect(maxError(read(table), expected)).toBeLessThan(1e-6);
      table.dispose();
    });

    it('ends in a zero column where the width is odd', () => {
      const table = sinusoidalPositions(2, 5);
      expect([read(table)[4], read(table)[9]]).toEqual([0, 0]);
      table.dispose();
    });

    it('has one frequency at width 2', () => {
      const table = sinusoidalPositions(1, 2, 3);
      expect(maxError(read(table), [Math.sin(3), Math.cos(3)])).toBeLessThan(1e-6);
      table.dispose();
    });
  });
});
