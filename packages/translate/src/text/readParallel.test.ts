import { describe, expect, it } from 'vitest';
import type { Skipped } from './blankOptions';
import type { NamedText } from './namedText';
import type { ParallelInput } from './parallelInput';
import { collectParallel, readParallel } from './readParallel';

const named = (name: string, content: string): NamedText => ({ name, content });
const pairOf = (source: string, target: string) =>
  ({ format: 'pair', source: named('t.en', source), target: named('t.de', target) }) as const;
const two = [
  { source: 'a', target: 'A' },
  { source: 'b c', target: 'B C' },
];

describe('readParallel', () => {
  it('reads a pair of texts, TSV and JSON lines alike', async () => {
    expect(await collectParallel(pairOf('a\nb c\n', 'A\nB C'))).toEqual(two);
    expect(await collectParallel({ format: 'tsv', text: named('t.tsv', 'a\tA\nb c\tB C\n') })).toEqual(two);
    expect(
      await collectParallel({
        format: 'tsv',
        columns: [2, 0],
        text: named('t.tsv', 'A\t-\ta\nB C\t-\tb c\n'),
      }),
    ).toEqual(two);
    const json = two.map((pair) => JSON.stringify(pair)).join('\n');
    expect(await collectParallel({ format: 'jsonl', text: named('t.jsonl', json) })).toEqual(two);
    const nested = '{"translation":{"en":"a","de":"A"}}\n{"translation":{"de":"B C","en":"b c"}}\n';
    expect(
      await collectParallel({
        format: 'jsonl',
        keys: ['translation.en', 'translation.de'],
        text: named('t.jsonl', nested),
      }),
    ).toEqual(two);
  });

  it('reads no further than it is asked to', async () => {
    let chunks = 0;
    function* endless(): Generator<string> {
      for (;;) {
        chunks++;
        yield 'x\ty\n';
      }
    }
    for await (const pair of readParallel({ format: 'tsv', text: { name: 'endless', content: endless() } })) {
      expect(pair).toEqual({ source: 'x', target: 'y' });
      break;
    }
    expect(chunks).toBe(1);
  });

  it('names both counts where line counts differ', async () => {
    await expect(collectParallel(pairOf('a\nb\nc', 'A\nB'))).rejects.toThrow(
      't.en: has 3 lines but t.de has 2',
    );
    await expect(collectParallel(pairOf('a', 'A\nB\nC\nD\n'))).rejects.toThrow(
      't.en: has 1 lines but t.de has 4',
    );
  });

  it('names an empty file', async () => {
    await expect(collectParallel(pairOf('', ''))).rejects.toThrow('t.en: the file is empty.');
    await expect(collectParallel(pairOf('a', ''))).rejects.toThrow('t.de: the file is empty.');
    await expect(collectParallel({ format: 'tsv', text: named('t.tsv', '') })).rejects.toThrow(
      't.tsv: the file is empty.',
    );
  });

  it('names the line of a blank side, or skips the pair where asked', async () => {
    const blank = pairOf('a\nb\n \nc', 'A\n \nB\nC');
    await expect(collectParallel(blank)).rejects.toThrow('t.de:2: the target side is blank.');
    expect(await collectParallel({ ...blank, blank: 'skip' })).toEqual([
      { source: 'a', target: 'A' },
      { source: 'c', target: 'C' },
    ]);
    await expect(collectParallel(pairOf('a\n\t', 'A\nB'))).rejects.toThrow(
      't.en:2: the source side is blank.',
    );
  });

  it.each([
    ['tsv', '\n\na\tA\n \t \n\t\nb c\tB C\n \n'],
    [
      'jsonl',
      '\n{"source":"a","target":"A"}\n\n  \r\n{"source":"b c","target":"B C"}\n{"source":"","target":" "}\n\n',
    ],
  ] as const)('skips blank lines of %s where asked, else names the first', async (format, content) => {
    const text = named(`t.${format}`, content);
    expect(await collectParallel({ format, text, blank: 'skip' })).toEqual(two);
    await expect(collectParallel({ format, text })).rejects.toThrow(
      `t.${format}:1: the source side is blank. Remove the pair, or read with blank: 'skip'.`,
    );
  });

  it('tells what it skips, with reason, name and line', async () => {
    const skippedOf = async (input: ParallelInput) => {
      const skipped: Skipped[] = [];
      await collectParallel({ ...input, blank: 'skip', onSkip: (each) => skipped.push(each) });
      return skipped;
    };
    expect(await skippedOf(pairOf('a\nb\n \nc\n\n', 'A\n \nB\nC\n\n'))).toEqual([
      { reason: 'blankTarget', name: 't.de', line: 2 },
      { reason: 'blankSource', name: 't.en', line: 3 },
      { reason: 'blankSource', name: 't.en', line: 5 },
    ]);
    expect(await skippedOf({ format: 'tsv', text: named('t.tsv', 'a\tA\n\nb\t \n') })).toEqual([
      { reason: 'blankSource', name: 't.tsv', line: 2 },
      { reason: 'blankTarget', name: 't.tsv', line: 3 },
    ]);
    const json = '{"source":"a","target":"A"}\n{"source":" ","target":"B"}\n';
    expect(await skippedOf({ format: 'jsonl', text: named('t.jsonl', json) })).toEqual([
      { reason: 'blankSource', name: 't.jsonl', line: 2 },
    ]);
    const whole = pairOf('a', 'A');
    expect(await skippedOf(whole)).toEqual([]);
    await expect(collectParallel({ ...whole, onSkip: () => {} })).rejects.toThrow(
      "readParallel(): 'onSkip' has no effect without blank: 'skip'. Leave it out.",
    );
    const stop = () => {
      throw new Error('enough');
    };
    await expect(
      collectParallel({ ...pairOf('a\n\n', 'A\nB\n'), blank: 'skip', onSkip: stop }),
    ).rejects.toThrow('enough');
  });

  it('names the line of bad rows', async () => {
    await expect(collectParallel({ format: 'tsv', text: named('t.tsv', 'a\tA\nb\n') })).rejects.toThrow(
      't.tsv:2: 1 tab-separated column, columns 0 and 1',
    );
    const jsonl = (content: string) => collectParallel({ format: 'jsonl', text: named('t.jsonl', content) });
    await expect(jsonl('{"source":"a","target":"A"}\n{"source"')).rejects.toThrow(
      't.jsonl:2: not a JSON value',
    );
    await expect(jsonl('{"source":"a"}')).rejects.toThrow("t.jsonl:1: no text under the key 'target'.");
    await expect(jsonl('["a","b"]')).rejects.toThrow("t.jsonl:1: no text under the key 'source'.");
  });

  it('rejects unknown options', async () => {
    const input = { ...pairOf('a', 'A'), blnk: 'skip' };
    await expect(collectParallel(input)).rejects.toThrow("did you mean 'blank'");
    const other = { ...input, format: JSON.parse('"constructor"') };
    await expect(collectParallel(other)).rejects.toThrow(
      /^unknown format 'constructor', did you mean '\w+'\? Allowed: pair, tsv, jsonl\./u,
    );
  });
});
