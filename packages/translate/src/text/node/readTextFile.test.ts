import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodeText } from '../../data/encodeCorpus';
import { TextBatches } from '../../data/textBatches';
import { trainBpe } from '../../subwords/trainBpe';
import type { Skipped } from '../blankOptions';
import { loadTextFile, readTextFile } from './readTextFile';

let folder = '';
const file = (name: string): string => join(folder, name);
const content = '\n a b\r\nc\n\n \t\nd\ne\n\n\n';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'steadyformer-text-'));
  await writeFile(file('t.txt'), content);
  await writeFile(file('t.txt.gz'), gzipSync(content));
  await writeFile(file('open.txt'), 'a\n\nb\nc');
  await writeFile(file('empty.txt'), '');
  await writeFile(file('blank.txt'), '\n \n\n');
  await writeFile(file('latin1.txt'), Buffer.from('eins\n\nzw\xf6lf\n', 'latin1'));
  await writeFile(file('cut.txt.gz'), gzipSync(content.repeat(50)).subarray(0, 20));
});

afterAll(() => rm(folder, { recursive: true }));

describe('readTextFile', () => {
  it.each(['t.txt', 't.txt.gz'])('takes lines of %s for documents, and tells of blank ones', async (name) => {
    const skipped: Skipped[] = [];
    expect(await loadTextFile(file(name), { onSkip: (each) => skipped.push(each) })).toEqual([
      ' a b',
      'c',
      'd',
      'e',
    ]);
    expect(skipped.map(({ line }) => line)).toEqual([1, 4, 5, 8, 9]);
    expect(skipped[0]).toEqual({ reason: 'blankLine', name: file(name), line: 1 });
  });

  it('takes paragraphs for documents where asked', async () => {
    expect(await loadTextFile(file('t.txt'), { documents: 'paragraph' })).toEqual([' a b c', 'd e']);
    expect(await loadTextFile(file('open.txt'), { documents: 'paragraph' })).toEqual(['a', 'b c']);
  });

  it('gives what encodeText and TextBatches take', async () => {
    const documents = await loadTextFile(file('t.txt'));
    const batches = new TextBatches(encodeText(documents, trainBpe(documents)), { length: 4 });
    // Of every document its characters, a space mark before each word, and the end.
    expect(batches.tokens).toBe(4 + 1 + 3 * (2 + 1));
  });

  it('reads no further than it is asked to', async () => {
    await writeFile(
      file('long.txt'),
      Buffer.concat([Buffer.from('a\n'.repeat(2 ** 18)), Buffer.from([0xff])]),
    );
    for await (const document of readTextFile(file('long.txt'))) {
      expect(document).toBe('a');
      break;
    }
  });

  it('names the file and the trouble', async () => {
    await expect(loadTextFile(file('none'))).rejects.toThrow(`${file('none')}: no such file`);
    await expect(loadTextFile(folder)).rejects.toThrow('is a folder');
    await expect(loadTextFile(file('empty.txt'))).rejects.toThrow(`${file('empty.txt')}: the file is empty.`);
    for (const documents of ['line', 'paragraph'] as const) {
      await expect(loadTextFile(file('blank.txt'), { documents })).rejects.toThrow(
        `${file('blank.txt')}: has 3 lines, all of them blank.`,
      );
    }
    await expect(loadTextFile(file('latin1.txt'))).rejects.toThrow(
      `${file('latin1.txt')}:3: not valid UTF-8`,
    );
    await expect(loadTextFile(file('cut.txt.gz'))).rejects.toThrow('the gzip data is damaged');
    await expect(loadTextFile(file('t.txt'), { documents: 'page' as never })).rejects.toThrow(
      "readTextFile() documents: received 'page', allowed 'line', 'paragraph'",
    );
    await expect(loadTextFile(file('t.txt'), { document: 'line' } as never)).rejects.toThrow(
      "did you mean 'documents'",
    );
    await expect(loadTextFile(file('t.txt'), { documents: 'paragraph', onSkip: () => {} })).rejects.toThrow(
      "readTextFile(): 'onSkip' has no effect on paragraphs. Leave it out.",
    );
    await expect(loadTextFile(7 as never)).rejects.toThrow('openText() path: received 7, allowed a text');
  });
});
