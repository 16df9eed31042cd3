import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { cyclesOf, fileGraph, folderGraph, folderOf, type Graph } from './graph';
import { disorderOf, mapOf } from './map';
import { isTest, packages, root } from './workspaces';

const contributing = readFileSync(join(root, 'CONTRIBUTING.md'), 'utf8');

/** Imports that go against the order, and why each may. */
const AGAINST: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  core: {
    'context/context.ts -> residual/place.ts': 'what a probe sees says where it is, by a plain record',
  },
  'backend-onnxruntime': {
    'ort/selfTest.ts -> onnx/graph.ts': 'the first graph that a runtime is tried with',
  },
};

/** Files beside `index.ts` in the root of `src`, and why they lie there. */
const LOOSE: Readonly<Record<string, { readonly files: readonly string[]; readonly reason: string }>> = {
  'backend-onnxruntime': {
    reason: 'the backend itself, which every folder serves or is served by',
    files: ['backend.ts', 'errors.ts', 'options.ts', 'register.ts', 'sessions.ts', 'testing.ts'],
  },
};

/** Packages whose folders use each other: their rows say how. */
const KNOTTED: readonly string[] = ['analysis'];

/** The graph of what is no test, without some edges. */
const sourcesOf = (graph: Graph, without: readonly string[]): Graph =>
  new Map(
    [...graph]
      .filter(([file]) => !isTest(file))
      .map(([file, targets]) => [
        file,
        targets.filter((target) => !without.includes(`${file} -> ${target}`)),
      ]),
  );

describe('reading the map', () => {
  const text = [
    '### `packages/a`',
    '| folder | its one concept | stands on |',
    '| --- | --- | --- |',
    '| `x` | this | |',
    '| `y` | that, too | x, z |',
    '### `packages/b`',
    '| `z` | other | |',
  ].join('\n');

  it('takes the rows of one package', () => {
    expect(mapOf(text, 'packages/a')).toEqual([
      { folder: 'x', concept: 'this', standsOn: [] },
      { folder: 'y', concept: 'that, too', standsOn: ['x', 'z'] },
    ]);
    expect(mapOf(text, 'packages/c')).toEqual([]);
  });

  it('sees what stands on something below it, or on nothing there is', () => {
    expect(disorderOf(mapOf(text, 'packages/a'))).toEqual(['y stands on z']);
    expect(disorderOf(mapOf(text.replace('this | |', 'this | y |'), 'packages/a'))).toEqual([
      'x stands on y',
      'y stands on z',
    ]);
  });
});

describe.each(packages)("CONTRIBUTING's map of $path", (workspace) => {
  const { path, listed } = workspace;
  const rows = mapOf(contributing, path);
  const against = Object.keys(AGAINST[listed.folder] ?? {});
  const loose = LOOSE[listed.folder]?.files ?? [];
  const everything = fileGraph(workspace);
  const sources = sourcesOf(everything, against);
  const folders = folderGraph(sources);

  it('has each folder of its sources, with one concept, and no other', () => {
    const written = [...folders.keys()].filter((folder) => folder !== '').sort();
    expect(rows.map(({ folder }) => folder).sort()).toEqual(written);
    expect(new Set(rows.map(({ concept }) => concept)).size).toBe(rows.length);
    for (const { concept } of rows) expect(concept.length).toBeGreaterThan(10);
  });

  it('says what each folder imports', () => {
    const written = Object.fromEntries(rows.map(({ folder, standsOn }) => [folder, [...standsOn].sort()]));
    const found = [...folders].filter(([folder]) => folder !== '');
    const imported = found.map(([folder, targets]) => [
      folder,
      [...targets.keys()].filter((target) => target !== '').sort(),
    ]);
    expect(written).toEqual(Object.fromEntries(imported));
  });

  it('goes in one direction: a folder imports only what stands above it', () => {
    if (KNOTTED.includes(listed.folder)) return;
    expect(disorderOf(rows)).toEqual([]);
    expect(cyclesOf(new Map([...folders].map(([folder, targets]) => [folder, [...targets.keys()]])))).toEqual(
      loose.length === 0 ? [] : [expect.arrayContaining([''])],
    );
  });

  it('has the index alone in the root of src, which no folder imports', () => {
    const inRoot = [...sources.keys()].filter((file) => folderOf(file) === '').sort();
    expect(inRoot).toEqual(['index.ts', ...loose].sort());
    const importers = [...folders].flatMap(([folder, targets]) => (targets.has('') ? [folder] : []));
    if (loose.length === 0) expect(importers).toEqual([]);
  });

  it('excuses nothing without need', () => {
    for (const edge of against) {
      const [file = '', target = ''] = edge.split(' -> ');
      expect({ edge, is: everything.get(file)?.includes(target) }).toEqual({ edge, is: true });
    }
  });
});

describe('paths in CONTRIBUTING.md', () => {
  const named = [
    ...contributing.matchAll(
      /`((?:packages|apps|tests|scripts|examples|corpora|benchmarks|experiments)\/[\w./*-]*)`/g,
    ),
  ]
    .map(([, path = '']) => path)
    .filter((path) => !path.includes('*'));

  it.each([...new Set(named)])('%s is there', (path) => {
    // `yours.ts` stands for a new file: its folder is there.
    const there = path.replace(/\/yours[^/]*$/, '');
    expect({ path, exists: existsSync(join(root, there)) }).toEqual({ path, exists: true });
  });

  it('are many', () => {
    expect(named.length).toBeGreaterThan(20);
  });
});
