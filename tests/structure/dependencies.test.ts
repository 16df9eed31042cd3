import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { pages, readPage } from '../../apps/docs/testing/repository';
import { binsOf, packagesIn, stringsOf, unusedOf } from './dependencies';
import { isTest, type Manifest, PRIVATE, packages, readWorkspace, root, sourceFiles } from './workspaces';

const read = (files: readonly string[]) => files.map((path) => ({ path, text: readFileSync(path, 'utf8') }));
const bins = (name: string): readonly string[] => binsOf(root, name);
const namesOf = (...groups: (Readonly<Record<string, string>> | undefined)[]): readonly string[] =>
  groups.flatMap((group) => Object.keys(group ?? {}));

describe('finding what a program uses', () => {
  const usedBy = (text: string, path = 'a.ts') => [...packagesIn([{ path, text }])].sort();

  it('sees imports of every form, types too', () => {
    const text = `import a from 'a/deep'; import type { B } from '@b/c/d'; export * from 'e';
      const f = await import('f'); type G = import('g').G; import './own'; import 'node:fs';`;
    expect(usedBy(text)).toEqual(['@b/c', 'a', 'e', 'f', 'g']);
  });

  it('sees names in strings, by which packages are loaded, and paths through node_modules', () => {
    expect(stringsOf(`f('a', \`b\${1}c\`, { d: 'e' }); // 'no'`)).toEqual(['a', 'b', 'c', 'e']);
    const text = `resolve('@a/b/package.json'); run(\`\${root}node_modules/c/bin/c.js\`);`;
    expect(usedBy(text)).toEqual(['@a/b', 'c']);
  });

  it('reads the code blocks of a page and not its prose', () => {
    expect(usedBy("Install `a`.\n```ts\nimport { b } from 'b';\nimport 'c';\n```\n", 'p.md')).toEqual([
      'b',
      'c',
    ]);
  });

  it('finds what is declared and not used, unless a script calls a command of it', () => {
    const manifest: Manifest = { name: 'm', version: '0.0.0', scripts: { build: 'tool --fast' } };
    const tools = (name: string) => (name === 'toolbox' ? ['tool'] : []);
    expect(unusedOf(['a', 'b', 'toolbox'], new Set(['a']), manifest, tools)).toEqual(['b']);
    expect(unusedOf(['toolbox'], new Set(), { ...manifest, scripts: { build: 'tools' } }, tools)).toEqual([
      'toolbox',
    ]);
    expect(bins('typescript')).toContain('tsc');
  });
});

/** What another package finds by itself, and why it is declared. */
const LOADED_BY_OTHERS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  '': {
    '@size-limit/esbuild': 'a plugin of size-limit',
    '@size-limit/file': 'a plugin of size-limit',
    '@types/node': 'the types that every tsconfig names',
  },
  'apps/docs': { 'markdown-it-mathjax3': "VitePress's option `math`" },
};

/** The packages that `selectBackend` of core loads by their names: a program that calls it brings those it wants. */
const backends = packagesIn(
  read(
    sourceFiles(join(root, 'packages/core/src/backend')).filter((file) => /candidates[^/]*\.ts$/.test(file)),
  ),
);
const callsSelectBackend = ({ text }: { readonly text: string }): boolean => text.includes('selectBackend(');

describe.each(packages)('package.json of $path', ({ folder, manifest }) => {
  it('declares nothing that its sources do not use', () => {
    const { dependencies, optionalDependencies, peerDependencies = {}, peerDependenciesMeta } = manifest;
    const needed = Object.keys(peerDependencies).filter((name) => !peerDependenciesMeta?.[name]?.optional);
    const sources = sourceFiles(`${folder}/src`).filter((file) => !isTest(file));
    const declared = [...namesOf(dependencies, optionalDependencies), ...needed];
    expect(unusedOf(declared, packagesIn(read(sources)), { ...manifest, scripts: {} }, bins)).toEqual([]);
  });

  it('declares nothing for development that neither its tests nor its build use', () => {
    const used = packagesIn(read(sourceFiles(folder)));
    expect(unusedOf(namesOf(manifest.devDependencies), used, manifest, bins)).toEqual([]);
  });
});

describe.each([...PRIVATE, ''])("package.json of '%s'", (path) => {
  const { folder, manifest } = readWorkspace(path);
  const loaded = Object.keys(LOADED_BY_OTHERS[path] ?? {});
  const own = path === '' ? ['scripts', 'vitest.config.ts', 'tsup.config.base.ts', '.size-limit.mjs'] : ['.'];
  const files = own.flatMap((each) =>
    each.includes('.') && each !== '.' ? [join(folder, each)] : sourceFiles(join(folder, each)),
  );
  const shown = path === 'apps/docs' ? pages().map((page) => ({ path: page, text: readPage(page) })) : [];
  const programs = [...read(files), ...shown];
  const declared = namesOf(manifest.dependencies, manifest.devDependencies);
  const unused = unusedOf(declared, packagesIn(programs), manifest, bins);

  it('declares nothing that it does not use', () => {
    const called = programs.some(callsSelectBackend) ? backends : new Set<string>();
    expect(unused.filter((name) => !loaded.includes(name) && !called.has(name))).toEqual([]);
  });

  it('excuses nothing without need', () => {
    expect(loaded.filter((name) => !unused.includes(name))).toEqual([]);
  });
});
