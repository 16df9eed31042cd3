import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { rewriteLink } from './.vitepress/repositoryLinks';
import { entries, PACKAGES, ROOT } from './scripts/packages.mjs';
import { missingIn } from './testing/commands';
import { runProgram, typeErrors } from './testing/programs';
import { known, readmes, readPage } from './testing/repository';
import { outputOf, reasonNotToRun, relativeLinks, snippetsOf } from './testing/snippets';

describe('snippetsOf', () => {
  const page = [
    '# T',
    '',
    '```ts no-run needs a model',
    'const a = 1;',
    '```',
    '````md',
    '```js',
    '```',
    '````',
  ];

  test('finds blocks with their place, and leaves a block inside a longer fence to it', () => {
    const found = snippetsOf('p.md', page.join('\n'));
    expect(found.map(({ line, language, code }) => [line, language, code])).toEqual([
      [3, 'ts', 'const a = 1;\n'],
      [6, 'md', '```js\n```\n'],
    ]);
    expect(reasonNotToRun(found[0]!)).toBe('needs a model');
    expect(reasonNotToRun(found[1]!)).toBeUndefined();
  });

  test('outputOf is the block marked output that follows, on the same page', () => {
    const text = '```ts\nlog(1);\n```\nprints\n```text output\n1\n```\n```ts\n```';
    const shown = [...snippetsOf('p.md', text), ...snippetsOf('q.md', '```text output\n2\n```')];
    expect(shown.map((one) => outputOf(one, shown))).toEqual(['1\n', undefined, undefined, undefined]);
  });

  test('no-run without a reason is an error', () => {
    const [snippet] = snippetsOf('p.md', '```ts no-run\n```');
    expect(() => reasonNotToRun(snippet!)).toThrow("p.md:1: 'no-run' needs a reason");
  });
});

describe('missingIn', () => {
  test('sees what does not exist, line by line', () => {
    const block = [
      'npm ci && npm run demo # builds',
      'npm run dmeo',
      'npm run build --workspace apps/docs',
      'npm run build --workspace apps/dcos',
      'npm install @steadyformer/core @steadyformer/cor left-pad',
      'DEBUG=1 npx steadyformer-tensorflow doctor',
      'npx steadyformer-tensorfow doctor',
      'node scripts/nothing.mjs',
      'npx other-tool',
    ].join('\n');
    expect(missingIn(block, { ...known(), exists: () => false })).toEqual([
      "no script 'dmeo' in 'package.json'",
      "no workspace 'apps/dcos'",
      "no package '@steadyformer/cor'",
      "no command 'steadyformer-tensorfow'",
      "no file 'scripts/nothing.mjs'",
    ]);
  });
});

describe('checking programs', () => {
  const written = (code: string): string => {
    const cache = join(ROOT, 'apps/docs/.cache');
    mkdirSync(cache, { recursive: true });
    const folder = mkdtempSync(join(cache, 'check-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const file = join(folder, 'program.mts');
    writeFileSync(file, code);
    return file;
  };

  test('a wrong type and a throwing program are seen', async () => {
    const wrong = written("import { admin } from '@steadyformer/core';\nadmin({ shape: 'tensor' });\n");
    expect(typeErrors([wrong]).get(wrong)).toEqual([
      expect.stringMatching(/^line 2 of the block: .*'"tensor"'/),
    ]);
    expect(await runProgram(wrong)).toMatchObject({ ok: false, stderr: expect.stringMatching(/'tensor'/) });
  });

  test('a right program passes both', async () => {
    const right = written("import { admin } from '@steadyformer/core';\nconsole.log(admin().name);\n");
    expect(typeErrors([right]).get(right)).toEqual([]);
    expect(await runProgram(right)).toMatchObject({ ok: true, stdout: 'admin\n' });
  });
});

describe('rewriteLink', () => {
  test.each([
    ['index.md', 'packages/core', '/packages/core'],
    ['index.md', './packages/core/README.md#use', '/packages/core#use'],
    ['index.md', 'apps/docs/guide/idea.md', '/guide/idea'],
    ['packages/core.md', '../analysis/', '/packages/analysis'],
    ['packages/core.md', '../../README.md', '/'],
    ['packages/core.md', '/api/core/', '/api/core/'],
    ['index.md', '#packages', '#packages'],
    ['index.md', 'https://example.org/a', 'https://example.org/a'],
    ['guide/idea.md', './backends', './backends'],
  ])('%s: %s leads to %s', (page, href, expected) => {
    expect(rewriteLink(page, href)).toBe(expected);
  });

  test('other files of the repository are shown there', () => {
    expect(rewriteLink('packages/core.md', '../../CONTRIBUTING.md')).toMatch(/^https:.*\/CONTRIBUTING\.md$/);
  });
});

test.each(readmes())('every relative link of %s leads to a file', (page) => {
  const { exists } = known();
  const folder = posix.dirname(page);
  expect(relativeLinks(readPage(page)).filter((href) => !exists(posix.join(folder, href)))).toEqual([]);
});

test('the site knows every published package and its entry points', () => {
  const published = readdirSync(join(ROOT, 'packages'));
  expect(PACKAGES.map(({ folder }) => folder).sort()).toEqual(published.sort());
  expect(entries('core').map(({ name }) => name)).toEqual(['index', 'node', 'pretrained', 'testing']);
});
