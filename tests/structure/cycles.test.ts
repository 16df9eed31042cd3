import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { cyclesOf, fileGraph, folderGraph, type Graph } from './graph';
import { type Manifest, packages } from './workspaces';

const graph = (edges: Record<string, string[]>): Graph => new Map(Object.entries(edges));

describe('finding cycles', () => {
  it('finds none in a lattice, however many ways lead to one place', () => {
    expect(cyclesOf(graph({ a: ['b', 'c'], b: ['d'], c: ['d'], d: [] }))).toEqual([]);
  });

  it('finds a file that imports itself, a pair and a long way round', () => {
    expect(cyclesOf(graph({ a: ['a'] }))).toEqual([['a']]);
    expect(cyclesOf(graph({ b: ['a'], a: ['b'], c: ['a'] }))).toEqual([['a', 'b']]);
    expect(cyclesOf(graph({ a: ['b'], b: ['c'], c: ['d'], d: ['a'] }))).toEqual([['a', 'b', 'c', 'd']]);
  });

  it('takes cycles that share a file for one, and tells others apart', () => {
    const knot = { a: ['b'], b: ['a', 'c'], c: ['b'] };
    expect(cyclesOf(graph({ ...knot, x: ['y', 'a'], y: ['x'], z: ['x'] }))).toEqual([
      ['a', 'b', 'c'],
      ['x', 'y'],
    ]);
  });
});

describe('reading a package', () => {
  /** A package of these files, written for one test. */
  const written = (files: Record<string, string>, manifest: Partial<Manifest> = {}) => {
    const folder = mkdtempSync(join(tmpdir(), 'steadyformer-graph-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    for (const [name, text] of Object.entries(files)) {
      const path = join(folder, 'src', name);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, text);
    }
    return {
      path: 'packages/made-up',
      folder,
      manifest: { name: '@a/made-up', version: '0.0.0', ...manifest },
    };
  };

  it('counts types, re-exports, folders, dynamic imports and the package by its own name', () => {
    const made = written(
      {
        'index.ts': "export { a } from './a/a';",
        'a/a.ts': "import type { B } from '../b'; export const a: B = 1;",
        'b/index.ts': "export type B = import('../c').C;",
        'c.ts': "export type C = number; await import('./d');",
        'd.ts': "import { a } from '@a/made-up'; import { x } from './absent'; import 'node:fs';",
      },
      { exports: { '.': { 'steadyformer-source': './src/index.ts', default: './dist/index.js' } } },
    );
    expect(cyclesOf(fileGraph(made))).toEqual([['a/a.ts', 'b/index.ts', 'c.ts', 'd.ts', 'index.ts']]);
  });

  it('follows a name with conditions to each of its targets', () => {
    const made = written(
      { 'a.ts': "import '#which';", 'x.ts': '', 'y.ts': "import type { A } from './a';" },
      { imports: { '#which': { node: './src/x.ts', default: './src/y.ts' } } },
    );
    expect(fileGraph(made).get('a.ts')).toEqual(['x.ts', 'y.ts']);
    expect(cyclesOf(fileGraph(made))).toEqual([['a.ts', 'y.ts']]);
  });

  it('sees which folder imports which, and by what', () => {
    const files = graph({ 'a/x.ts': ['a/y.ts', 'b/z.ts'], 'a/y.ts': [], 'b/z.ts': [], 'c.ts': ['a/x.ts'] });
    const folders = folderGraph(files);
    expect([...folders.keys()].sort()).toEqual(['', 'a', 'b']);
    expect([...(folders.get('a') ?? [])]).toEqual([['b', 'a/x.ts -> b/z.ts']]);
    expect([...(folders.get('') ?? [])]).toEqual([['a', 'c.ts -> a/x.ts']]);
  });
});

describe.each(packages)('files of $path', (workspace) => {
  it('import each other in one direction only, types included', () => {
    const files = fileGraph(workspace);
    expect(files.size).toBeGreaterThan(0);
    expect(cyclesOf(files)).toEqual([]);
  });
});
