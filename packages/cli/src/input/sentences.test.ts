import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { main } from '../main/main';
import { readSentences } from './sentences';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sentences-'));
});
afterAll(() => rm(folder, { recursive: true }));

const written = async (text: string): Promise<string> => {
  const file = join(folder, 'text.txt');
  await writeFile(file, text);
  return file;
};

describe('sentences of a file', () => {
  it('are ids, and say which line needs the most', async () => {
    const file = await written('4 5\r\n\r\n9 6\n7\n');
    expect(await readSentences(file, 10)).toEqual({
      ids: [[4, 5], [9, 6], [7]],
      vocabulary: 10,
      largestIn: 3,
    });
  });

  it('are words, the most frequent with ids of their own and the others with one', async () => {
    const file = await written('b a b\nc 5\n');
    // As often as others, '5' comes first by its letters.
    expect(await readSentences(file, 2)).toEqual({
      ids: [
        [4, 6, 4],
        [6, 5],
      ],
      vocabulary: 7,
    });
  });

  it.each([
    ['4 5\n\n7 99999999999 8\n', 3, '99999999999'],
    ['16777217\n', 1, '16777217'],
    [`1\n${'9'.repeat(5000)}\n`, 2, '9'.repeat(100)],
  ])('refuse an id that no model has, by file and line: %#', async (text, line, id) => {
    const file = await written(text);
    await expect(readSentences(file, 10)).rejects.toThrow(
      new RegExp(
        `^--data ${file}, line ${line}: id: received '${id}.*, allowed whole numbers to 16777216\\.$`,
      ),
    );
  });

  it('refuse ids whose table would be too large, and those the model does not have', async () => {
    const file = await written('4\n5 9000000\n');
    let error = '';
    const code = await main(['analyse', 'dependency', '--data', file, '--backend', 'cpu'], {
      out: () => {},
      error: (text) => {
        error += text;
      },
    });
    expect(code).toBe(2);
    expect(error.split('\n')[1]).toBe(
      `error: --data ${file}, line 2: id: received 9000000, allowed whole numbers below 8388608, so that a table of width 128 has at most 2^30 weights.`,
    );
  });

  it.each([
    ['/dev/zero', 'it is no regular file'],
    [tmpdir(), 'it is a folder'],
  ])('are not read from %s', async (file, why) => {
    await expect(readSentences(file, 10)).rejects.toThrow(`--data ${file}: the file cannot be read, ${why}`);
  });
});
