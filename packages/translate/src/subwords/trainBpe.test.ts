import { expect, it } from 'vitest';
import { trainBpe } from './trainBpe';

it('tells how many merges are learned, and ends where it is told to', () => {
  const lines = Array.from({ length: 900 }, (_, i) => `${(i * i * 7919).toString(36)} ${i.toString(36)}`);
  const seen: number[] = [];
  const { merges } = trainBpe(lines, { merges: 250, onProgress: ({ merges }) => seen.push(merges) }).model;
  expect(merges).toHaveLength(250);
  expect(seen).toEqual([100, 200]);
  const enough = () => {
    throw new Error('enough');
  };
  expect(() => trainBpe(lines, { merges: 250, onProgress: enough })).toThrow('enough');
});
