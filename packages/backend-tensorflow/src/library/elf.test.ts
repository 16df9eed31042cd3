import { truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { fakeElf, place, temporary } from '../testing/trees';
import { readElf } from './elf';

test.skipIf(process.platform !== 'linux')('reads the program that runs this', () => {
  expect(readElf(process.execPath)).toEqual({ arch: process.arch, complete: true });
});

test('knows a file that breaks off, another processor, and what is no library', () => {
  const path = place(join(temporary(), 'library.so'));
  writeFileSync(path, fakeElf('arm64'));
  expect(readElf(path)).toEqual({ arch: 'arm64', complete: true });
  truncateSync(path, 127);
  expect(readElf(path)).toEqual({ arch: 'arm64', complete: false });
  truncateSync(path, 63);
  expect(readElf(path)).toBeUndefined();
  expect(readElf(place(path, '#!/bin/sh\n'.padEnd(100)))).toBeUndefined();
});
