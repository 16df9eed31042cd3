import { describe, expect, it } from 'vitest';
import { readLines } from './lines';
import type { NamedText } from './namedText';

const collect = async (content: NamedText['content']): Promise<string[]> => {
  const lines: string[] = [];
  for await (const line of readLines({ name: 'x.txt', content })) lines.push(line);
  return lines;
};

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

const chunked = (whole: Uint8Array, size: number): Uint8Array[] =>
  Array.from({ length: Math.ceil(whole.length / size) }, (_, i) => whole.subarray(i * size, (i + 1) * size));

describe('readLines', () => {
  it('splits at line feeds only, with or without a last one', async () => {
    expect(await collect('a\nb\r\n\nc d\u2028e\u0085f')).toEqual(['a', 'b', '', 'c d\u2028e\u0085f']);
    expect(await collect('a\n')).toEqual(['a']);
    expect(await collect('a\n\n')).toEqual(['a', '']);
    expect(await collect('')).toEqual([]);
  });

  it.each([1, 2, 3, 7, 100])('gives the same lines from byte chunks of %i', async (size) => {
    const text = '\ufeffÄpfel\nsüß\r\n日本語 🎉\n\nEnde';
    expect(await collect(chunked(bytes(text), size))).toEqual(['Äpfel', 'süß', '日本語 🎉', '', 'Ende']);
  });

  it('reads asynchronous chunks of text', async () => {
    async function* chunks(): AsyncGenerator<string> {
      yield '\ufeffone\ntw';
      yield 'o\r';
      yield '\nthree';
    }
    expect(await collect(chunks())).toEqual(['one', 'two', 'three']);
  });

  it.each([1, 5, 100])('names the line of bad UTF-8 (chunks of %i bytes)', async (size) => {
    const bad = Uint8Array.from([...bytes('good\nstill gööd\nb'), 0xff, ...bytes('d\nmore\n')]);
    await expect(collect(chunked(bad, size))).rejects.toThrow(/^x\.txt:3: not valid UTF-8/u);
  });

  it('names the line of a character cut off at the end', async () => {
    await expect(collect([bytes('ok\nö').subarray(0, 4)])).rejects.toThrow(/^x\.txt:2: not valid UTF-8/u);
  });
});
