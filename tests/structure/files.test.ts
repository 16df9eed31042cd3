import { readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { describe, expect, it } from 'vitest';
import { packages, root, sourceFiles } from './workspaces';

/** One concept a file: no file is longer. */
const LONGEST = 300;

const folders = [
  ...packages.map(({ path }) => path),
  'apps',
  'tests',
  'benchmarks',
  'experiments',
  'examples',
  'scripts',
  'corpora',
];

describe.each(folders)('files of %s', (folder) => {
  it(`are at most ${LONGEST} lines long`, () => {
    const long = sourceFiles(`${root}${folder}`)
      .map((file) => [relative(root, file), readFileSync(file, 'utf8').split('\n').length - 1] as const)
      .filter(([, lines]) => lines > LONGEST);
    expect(long).toEqual([]);
  });

  it('leave nothing to be done later and silence no check', () => {
    const marks = new RegExp(['TO', 'DO|FIX', 'ME|@ts-', 'ignore|@ts-', 'nocheck'].join(''));
    const marked = sourceFiles(`${root}${folder}`)
      .filter((file) => marks.test(readFileSync(file, 'utf8')))
      .map((file) => relative(root, file));
    expect(marked).toEqual([]);
  });
});
