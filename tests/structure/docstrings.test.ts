import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import ts from 'typescript';
import { expect, it, onTestFinished } from 'vitest';
import { entries, PACKAGES, ROOT } from '../../apps/docs/scripts/packages.mjs';
import { docstringGaps } from './docstrings';

const options = (): ts.CompilerOptions => {
  const base = ts.readConfigFile(join(ROOT, 'tsconfig.base.json'), ts.sys.readFile);
  return ts.parseJsonConfigFileContent(base.config, ts.sys, ROOT).options;
};

it('sees what is missing', () => {
  const folder = mkdtempSync(join(tmpdir(), 'docstrings-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'a.ts');
  const lines = [
    'const check = (x: boolean): void => { if (!x) throw new Error("no"); };',
    'export interface Bare { readonly x: number }',
    '/** Said. */ export const said = 1;',
    '/** Does it. */ export const silent = (x: boolean): void => check(x);',
    '/** Does it. Throws where x is false. */ export const says = (x: boolean): void => check(x);',
    '/** Does it.\n * @throws Error always */ export function tagged(): never { throw new Error("no"); }',
    '/** Gives a function that throws nothing. */ export const quiet = (x: number): number => x;',
  ];
  writeFileSync(file, lines.join('\n'));
  expect(docstringGaps([file], { strict: true, types: [] }, (path) => relative(folder, path))).toEqual({
    undocumented: ['a.ts: Bare'],
    silent: ['a.ts: silent'],
    exports: 6,
  });
});

it('every export of a package has a docstring, and says that it throws where its own body does', () => {
  const files = PACKAGES.flatMap(({ folder }) => entries(folder).map(({ file }) => file));
  const gaps = docstringGaps(files, options(), (path) => relative(ROOT, path));
  expect(gaps.exports).toBeGreaterThan(500);
  expect(gaps.undocumented).toEqual([]);
  expect(gaps.silent).toEqual([]);
}, 300_000);
