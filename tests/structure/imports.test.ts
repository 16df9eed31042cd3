import { readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { relative } from 'node:path';
import { describe, expect, it } from 'vitest';
import { PACKAGES } from '../../scripts/lib/packages.mjs';
import { effectsOf, importsOf, moduleGraph, packageOf, resolveConditions } from './imports';
import { isTest, packages, root, sourceFiles } from './workspaces';

const OURS: readonly string[] = PACKAGES.map(({ name }) => name);
/** `@steadyformer/core/node` */
const isNodeEntry = (specifier: string): boolean => OURS.some((name) => specifier === `${name}/node`);
const read = (file: string): string => readFileSync(file, 'utf8');

describe('reading imports', () => {
  it('finds every form of import', () => {
    const text = `
      import a, { b } from './a';
      import type { C } from '@steadyformer/core';
      export * from '@steadyformer/core/node';
      import 'effect';
      // import 'comment';
      const d = await import('node:fs');
      type E = import('mathjs').Matrix;`;
    expect([...importsOf(text)].sort()).toEqual([
      './a',
      '@steadyformer/core',
      '@steadyformer/core/node',
      'effect',
      'mathjs',
      'node:fs',
    ]);
  });

  it('knows packages from paths and from modules of Node', () => {
    expect(packageOf('@steadyformer/core/node')).toBe('@steadyformer/core');
    expect(packageOf('mathjs/number')).toBe('mathjs');
    for (const inside of ['./a', '../b', '#backends', 'node:fs', 'fs'])
      expect(packageOf(inside)).toBeUndefined();
  });

  it('takes the first condition that applies', () => {
    const target = { source: { node: 'a', default: 'b' }, node: 'c', default: 'd' };
    expect(resolveConditions(target, ['source', 'node'])).toBe('a');
    expect(resolveConditions(target, ['source'])).toBe('b');
    expect(resolveConditions(target, [])).toBe('d');
    expect(resolveConditions({ node: 'a' }, [])).toBeUndefined();
  });

  it('sees what loading a module does', () => {
    expect(effectsOf("import { a } from 'a'; export const b = a();")).toEqual([]);
    expect(effectsOf("import 'a'; register(1);")).toEqual(["import 'a';", 'register(1);']);
  });
});

describe.each(packages)('imports of $path', (workspace) => {
  const { folder, manifest, listed } = workspace;
  const files = sourceFiles(`${folder}/src`);
  /** What a package leaves out of what it publishes is what its tests share. */
  const withheld = (manifest.files ?? [])
    .filter((each) => /^!src\/[\w./-]+$/.test(each))
    .map((each) => each.slice(1));
  const isWithheld = (file: string): boolean =>
    withheld.some((each) => file.startsWith(`${folder}/${each}/`) || file === `${folder}/${each}`);

  it('has sources', () => {
    expect(files.length).toBeGreaterThan(0);
  });

  it('keeps to the architecture: who may import whom', () => {
    const allowed = PACKAGES.filter((each) => each === listed || listed.mayImport.includes(each.folder));
    const forbidden = OURS.filter((name) => !allowed.some((each) => each.name === name));
    const wrong = files.flatMap((file) =>
      importsOf(read(file))
        .filter((specifier) => forbidden.includes(packageOf(specifier) ?? ''))
        .map((specifier) => `${relative(root, file)} imports ${specifier}`),
    );
    expect(wrong).toEqual([]);
  });

  it('reaches other packages by their names only', () => {
    const wrong = files.flatMap((file) =>
      importsOf(read(file))
        .filter((specifier) => specifier.startsWith('.'))
        .filter((specifier) => !new URL(specifier, `file://${file}`).pathname.startsWith(`${folder}/`))
        .map((specifier) => `${relative(root, file)} imports ${specifier}`),
    );
    expect(wrong).toEqual([]);
  });

  it('declares every package it imports', () => {
    const shipped = { ...manifest.dependencies, ...manifest.peerDependencies };
    const rootManifest = JSON.parse(read(`${root}package.json`)) as typeof manifest;
    const inTests = { ...shipped, ...manifest.devDependencies, ...rootManifest.devDependencies };
    const wrong = files.flatMap((file) => {
      const declared = isTest(file) || isWithheld(file) ? inTests : shipped;
      return importsOf(read(file))
        .map(packageOf)
        .filter((needed) => needed !== undefined && needed !== manifest.name && !(needed in declared))
        .map((needed) => `${relative(root, file)} imports ${needed}`);
    });
    expect(wrong).toEqual([]);
  });

  it('says honestly whether loading it has side effects', () => {
    if (manifest.sideEffects !== false) {
      expect(manifest.sideEffects).toBe(true);
      return;
    }
    const entries = Object.values(manifest.exports ?? {}).flatMap((target) =>
      typeof target === 'string' ? [] : [resolveConditions(target, ['steadyformer-source']) ?? ''],
    );
    const wrong = entries
      .flatMap((entry) => moduleGraph(workspace, entry).files)
      .flatMap((file) => effectsOf(read(file)).map((effect) => `${relative(root, file)}: ${effect}`));
    expect([...new Set(wrong)]).toEqual([]);
  });

  it.runIf(listed.browserSafe)('has entries that need nothing of Node, but for ./node', () => {
    const entries = Object.entries(manifest.exports ?? {})
      .filter(([key, target]) => key !== './node' && typeof target !== 'string')
      .map(([, target]) => resolveConditions(target, ['steadyformer-source']) ?? '');
    expect(entries).toContain('./src/index.ts');
    for (const entry of entries) {
      const { outside } = moduleGraph(workspace, entry);
      const wrong = outside
        .filter(([, specifier]) => isBuiltin(specifier) || isNodeEntry(specifier))
        .map(([file, specifier]) => `${relative(root, file)} imports ${specifier}`);
      expect(wrong).toEqual([]);
      expect(outside.filter(([, specifier]) => specifier.startsWith('.'))).toEqual([]);
    }
  });
});
