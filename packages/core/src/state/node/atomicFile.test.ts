import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { clearPartials, replaceFile, writeFileAtomic } from './atomicFile';

let folder = '';
let path = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'steadyformer-atomic-'));
  path = join(folder, 'file.txt');
});
afterEach(() => rm(folder, { recursive: true }));

describe('writeFileAtomic', () => {
  it('makes and replaces a file, of text, bytes or pieces', async () => {
    await writeFileAtomic(path, 'ä\n');
    expect(await readFile(path, 'utf8')).toBe('ä\n');
    await writeFileAtomic(path, Uint8Array.of(1, 2));
    expect([...(await readFile(path))]).toEqual([1, 2]);
    await writeFileAtomic(
      path,
      (async function* () {
        yield Uint8Array.of(3);
        yield Uint8Array.of(4, 5);
      })(),
    );
    expect([...(await readFile(path))]).toEqual([3, 4, 5]);
    expect(await readdir(folder)).toEqual(['file.txt']);
  });

  it('leaves the old file, and nothing else, where writing or renaming fails', async () => {
    await writeFile(path, 'old');
    const failing = (async function* () {
      yield new Uint8Array(1e6);
      throw new Error('the disk is full');
    })();
    await expect(writeFileAtomic(path, failing)).rejects.toThrow('the disk is full');
    expect(await readFile(path, 'utf8')).toBe('old');
    const taken = join(folder, 'folder');
    await mkdir(join(taken, 'inside'), { recursive: true });
    await expect(writeFileAtomic(taken, 'text')).rejects.toThrow(/EISDIR|ENOTEMPTY|EEXIST|EPERM/);
    await expect(writeFileAtomic(join(folder, 'none', 'x'), 'text')).rejects.toThrow('ENOENT');
    expect((await readdir(folder)).sort()).toEqual(['file.txt', 'folder']);
    expect(await readdir(taken)).toEqual(['inside']);
  });

  it('keeps writers that are not awaited apart: one of them wins, whole, and a reader sees no part', async () => {
    await writeFileAtomic(path, '0'.repeat(1e5));
    const whole = /^(\d)\1*$/u;
    const writing = Promise.all(
      Array.from({ length: 20 }, (_, i) => writeFileAtomic(path, String(i % 10).repeat(1e5))),
    );
    for (let i = 0; i < 30; i++) {
      const text = await readFile(path, 'utf8');
      expect(text).toHaveLength(1e5);
      expect(text).toMatch(whole);
    }
    await writing;
    expect(await readFile(path, 'utf8')).toMatch(whole);
    expect(await readdir(folder)).toEqual(['file.txt']);
  });
});

describe('replaceFile', () => {
  it('gives back what writing gave', async () => {
    const bytes = await replaceFile(path, async (file) => (await file.write('abc')).bytesWritten);
    expect(bytes).toBe(3);
    expect(await readFile(path, 'utf8')).toBe('abc');
  });
});

describe('clearPartials', () => {
  it('deletes what killed writers of this file left, and nothing else', async () => {
    const hex = '0123456789abcdef';
    const others = ['file.txt', 'file.txt.partial', `file.txt.${hex}`, `other.txt.${hex}.partial`];
    const names = [...others, `file.txt.${hex}.partial`, `file.txt.${hex}.${hex}.partial`];
    for (const name of names) await writeFile(join(folder, name), '');
    await clearPartials(path);
    expect((await readdir(folder)).sort()).toEqual([...others, `file.txt.${hex}.${hex}.partial`].sort());
  });
});
