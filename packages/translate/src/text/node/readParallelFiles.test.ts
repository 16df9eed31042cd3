import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Skipped } from '../blankOptions';
import { loadParallelFiles } from './readParallelFiles';

let folder = '';
const file = (name: string): string => join(folder, name);
const pairs = [
  { source: 'one', target: 'eins' },
  { source: 'two', target: 'zwei' },
];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'steadyformer-data-'));
  await writeFile(file('t.en'), 'one\ntwo\n');
  await writeFile(file('t.de'), 'eins\nzwei\n');
  await writeFile(file('t.de.gz'), gzipSync('eins\nzwei\n'));
  await writeFile(file('long.de'), 'eins\nzwei\ndrei\n');
  await writeFile(file('empty.de'), '');
  await writeFile(file('latin1.de'), Buffer.from('eins\nzw\xf6lf\n', 'latin1'));
  await writeFile(file('cut.de.gz'), gzipSync('eins\nzwei\n').subarray(0, 20));
  await writeFile(file('plain.de.gz'), 'eins\nzwei\n');
  await writeFile(file('t.tsv'), 'one\teins\ntwo\tzwei\n');
  await writeFile(file('t.jsonl.gz'), gzipSync(pairs.map((pair) => JSON.stringify(pair)).join('\n')));
  const memory =
    '<tmx version="1.4"><body>' +
    pairs
      .map(
        ({ source, target }) =>
          `<tu><tuv xml:lang="en-US"><seg>${source}</seg></tuv><tuv xml:lang="de"><seg>${target}</seg></tuv></tu>`,
      )
      .join('\n') +
    '</body></tmx>';
  await writeFile(file('t.tmx'), memory);
  await writeFile(file('t.TMX.gz'), gzipSync(memory));
  await writeFile(file('memory.xml'), memory);
  await writeFile(file('cut.tmx.gz'), gzipSync(memory).subarray(0, 60));
});

afterAll(() => rm(folder, { recursive: true }));

const load = (target: string) => loadParallelFiles({ source: file('t.en'), target: file(target) });

describe('readParallelFiles', () => {
  it('reads plain and gzipped files of every format', async () => {
    expect(await load('t.de')).toEqual(pairs);
    expect(await load('t.de.gz')).toEqual(pairs);
    expect(await loadParallelFiles({ path: file('t.tsv') })).toEqual(pairs);
    expect(await loadParallelFiles({ path: file('t.jsonl.gz') })).toEqual(pairs);
    expect(await loadParallelFiles({ path: file('t.tsv'), columns: [1, 0], format: 'tsv' })).toEqual(
      pairs.map(({ source, target }) => ({ source: target, target: source })),
    );
  });

  it('reads a translation memory', async () => {
    const turned = pairs.map(({ source, target }) => ({ source: target, target: source }));
    expect(await loadParallelFiles({ path: file('t.tmx') })).toEqual(pairs);
    expect(await loadParallelFiles({ path: file('t.TMX.gz'), languages: ['de', 'en'] })).toEqual(turned);
    expect(await loadParallelFiles({ path: file('memory.xml'), format: 'tmx' })).toEqual(pairs);
    await expect(loadParallelFiles({ path: file('cut.tmx.gz') })).rejects.toThrow(
      `${file('cut.tmx.gz')}: the gzip data is damaged`,
    );
    await expect(loadParallelFiles({ path: file('t.tmx'), languages: ['en', 'fr'] })).rejects.toThrow(
      `${file('t.tmx')}:1: the unit has no 'fr', its languages: 'en-US', 'de'.`,
    );
    await expect(loadParallelFiles({ path: file('t.tmx'), columns: [0, 1] })).rejects.toThrow('columns');
    await expect(loadParallelFiles({ path: file('t.tsv'), languages: ['en', 'de'] })).rejects.toThrow(
      'languages',
    );
  });

  it('tells what it skips of every format', async () => {
    await writeFile(file('blank.de'), 'eins\n \n');
    await writeFile(file('blank.tsv'), '\none\teins\n');
    const skipped: Skipped[] = [];
    const options = { blank: 'skip', onSkip: (each: Skipped) => skipped.push(each) } as const;
    await loadParallelFiles({ source: file('t.en'), target: file('blank.de'), ...options });
    await loadParallelFiles({ path: file('blank.tsv'), ...options });
    await writeFile(
      file('blank.tmx'),
      '<tmx><body><tu><tuv xml:lang="en"><seg>a</seg></tuv></tu>\n' +
        '<tu><tuv xml:lang="en"><seg>a</seg></tuv><tuv xml:lang="de"><seg>b</seg></tuv></tu></body></tmx>',
    );
    await loadParallelFiles({ path: file('blank.tmx'), languages: ['en', 'de'], ...options });
    expect(skipped).toEqual([
      { reason: 'blankTarget', name: file('blank.de'), line: 2 },
      { reason: 'blankSource', name: file('blank.tsv'), line: 1 },
      { reason: 'noLanguage', name: file('blank.tmx'), line: 1 },
    ]);
  });

  it('names the file and the trouble', async () => {
    await expect(load('none.de')).rejects.toThrow(`${file('none.de')}: no such file`);
    await expect(load('.')).rejects.toThrow('is a folder');
    await expect(load('long.de')).rejects.toThrow(`has 2 lines but ${file('long.de')} has 3`);
    await expect(load('empty.de')).rejects.toThrow(`${file('empty.de')}: the file is empty.`);
    await expect(load('latin1.de')).rejects.toThrow(`${file('latin1.de')}:2: not valid UTF-8`);
    await expect(load('cut.de.gz')).rejects.toThrow(`${file('cut.de.gz')}: the gzip data is damaged`);
    await expect(load('plain.de.gz')).rejects.toThrow(`${file('plain.de.gz')}: the gzip data is damaged`);
  });

  it('asks for the format of a name it does not know', async () => {
    await expect(loadParallelFiles({ path: file('t.xml') })).rejects.toThrow(
      "format: 'tsv', 'jsonl' or 'tmx'",
    );
    await expect(loadParallelFiles({ path: file('t.tsv'), ...{ key: 1 } })).rejects.toThrow(
      "did you mean 'keys'",
    );
  });
});
