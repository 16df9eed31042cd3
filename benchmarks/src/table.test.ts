import { describe, expect, it } from 'vitest';
import { duration, markdownTable, megabytes, withSpread } from './table';

describe('markdownTable', () => {
  it('pads cells, aligns numbers to the right, escapes bars and adds notes', () => {
    const text = markdownTable({
      title: 'Steps',
      columns: ['who', 'ms'],
      rows: [
        ['a|b', '1.5'],
        ['ours', ''],
        ['c', '100'],
      ],
      notes: ['two\nlines'],
    });
    expect(text).toBe(
      [
        '### Steps',
        '',
        '| who  |  ms |',
        '| ---- | --: |',
        '| a\\|b | 1.5 |',
        '| ours |     |',
        '| c    | 100 |',
        '',
        '- two lines',
        '',
      ].join('\n'),
    );
  });

  it('leaves a column without numbers to the left', () => {
    expect(markdownTable({ title: 't', columns: ['x'], rows: [['yes']] })).toContain('| --- |');
    expect(markdownTable({ title: 't', columns: ['x'], rows: [['']] })).toContain('| --- |');
  });

  it('refuses ragged rows', () => {
    expect(() => markdownTable({ title: 't', columns: ['a', 'b'], rows: [['1']] })).toThrow(
      "table 't': a row has 1 cells, the columns are 2",
    );
  });
});

describe('units', () => {
  it.each([
    [12.345, '12.35 s'],
    [0.0456, '45.6 ms'],
    [0.001, '1.00 ms'],
    [7.891e-6, '7.89 us'],
  ])('%d s reads %s', (seconds, text) => expect(duration(seconds)).toBe(text));

  it('counts memory in binary megabytes', () => expect(megabytes(3 * 2 ** 20)).toBe('3 MiB'));

  it('puts the spread in brackets', () => {
    expect(withSpread({ median: 1.2345, low: 1.1, high: 123.4 })).toBe('1.23 (1.10-123)');
  });
});
