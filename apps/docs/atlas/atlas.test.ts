import { beforeAll, describe, expect, it } from 'vitest';
import { type AtlasData, data } from './atlas.build';
import { type AtlasRow, columnsOf, sorted, trainText } from './row';

let atlas: AtlasData;
beforeAll(async () => {
  atlas = await data();
});

describe('the atlas of the committed result', () => {
  it('has findings that its numbers still say', () => {
    expect(atlas.findings).toHaveLength(3);
    for (const { text, limits, holds } of atlas.findings) {
      expect(`${text} ${limits}`).not.toMatch(/NaN|undefined|Infinity/);
      expect(holds, text).toBe(true);
    }
  });

  it('has a row a method, and every cell says something or nothing', () => {
    expect(atlas.rows.map(({ method }) => method)).toEqual(
      expect.arrayContaining(['postLN', 'preLN', 'admin']),
    );
    for (const row of atlas.rows) {
      for (const { text } of columnsOf(atlas.layers)) expect(text(row)).not.toMatch(/NaN|undefined|Infinity/);
    }
  });
});

describe('the table', () => {
  const row = (method: string, more: Partial<AtlasRow>): AtlasRow => ({
    ...{
      method,
      title: method,
      word: undefined,
      random: undefined,
      alignedTheory: undefined,
      worst: undefined,
    },
    ...{ randomTheory: undefined, alignedTheory: undefined, factor: undefined },
    ...{
      aligned: undefined,
      change: undefined,
      laziness: undefined,
      byWidth: [],
      powerOfWidth: undefined,
      after: undefined,
      settled: undefined,
      learned: [],
    },
    ...more,
  });
  const rows = [
    row('b', { aligned: { value: 1, ends: [0.9, 1.1] } }),
    row('c', {
      byWidth: [
        [128, 1.5],
        [512, 1.75],
      ],
    }),
    row('a', { aligned: { value: 3 }, learned: [{ layers: 6, rate: 1e-3, failed: 1, of: 2 }] }),
  ];
  const column = (key: string) => columnsOf([6]).find((each) => each.key === key)!;
  const namesBy = (key: string, descending: boolean): string[] =>
    sorted(rows, column(key), descending).map(({ method }) => method);

  it('sorts by words and numbers either way, rows without a value last', () => {
    expect(namesBy('method', false)).toEqual(['a', 'b', 'c']);
    expect(namesBy('aligned', false)).toEqual(['b', 'a', 'c']);
    expect(namesBy('aligned', true)).toEqual(['a', 'b', 'c']);
    expect(namesBy('train6', true)).toEqual(['a', 'b', 'c']);
  });

  it('writes intervals and failures', () => {
    expect(column('aligned').text(rows[0]!)).toBe('1.00 (0.90 to 1.10)');
    expect(column('aligned').text(rows[1]!)).toBe('');
    expect(column('byWidth').text(rows[1]!)).toBe('1.50 at 128, 1.75 at 512');
    expect(column('byWidth').order(rows[1]!)).toBeCloseTo(0.25, 6);
    expect(column('byWidth').text(rows[0]!)).toBe('');
    expect(trainText(rows[2]!, 6)).toBe('1 of 2 fail at 0.001');
  });
});
