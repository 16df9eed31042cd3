import { describe, expect, test } from 'vitest';
import { RAW } from '../scripts/repository.mjs';
import { baseOf } from './base';
import { fullOf, indexOf } from './llms';
import { rewritePictures } from './repositoryLinks';
import { descriptionOf, plainMarkdown } from './text';

describe('baseOf', () => {
  test.each([
    [undefined, '/'],
    ['/', '/'],
    ['', '/'],
    ['steadyformer', '/steadyformer/'],
    ['/a/b/', '/a/b/'],
  ])('%s is %s', (named, base) => {
    expect(baseOf({ STEADYFORMER_DOCS_BASE: named })).toBe(base);
  });

  test('an address is refused', () => {
    expect(() => baseOf({ STEADYFORMER_DOCS_BASE: 'https://a.example/' })).toThrow(
      "STEADYFORMER_DOCS_BASE: 'https://a.example/'. Allowed: a path, such as /steadyformer/",
    );
  });
});

describe('rewritePictures', () => {
  const picture = (at: string) =>
    `<picture>\n<source media="(prefers-color-scheme: dark)" srcset="${at}omega-dark.svg">\n<img alt="x" src="${at}omega.svg" width="560">\n</picture>\n`;
  const expected =
    '<img class="in-light" loading="lazy" alt="x" src="/pictures/omega.svg" width="560">\n' +
    '<img class="in-dark" loading="lazy" alt="x" src="/pictures/omega-dark.svg" width="560">\n';

  test.each([
    ['index.md', 'apps/docs/public/pictures/'],
    ['packages/core.md', '../../apps/docs/public/pictures/'],
    ['packages/core.md', `${RAW}/apps/docs/public/pictures/`],
  ])('%s: %s is the site own', (page, at) => {
    expect(rewritePictures(page, picture(at))).toBe(expected);
  });

  test('others stay', () => {
    expect(rewritePictures('packages/core.md', '<img src="https://a.example/a.svg">')).toBe(
      '<img src="https://a.example/a.svg">',
    );
  });
});

describe('descriptionOf', () => {
  test('is the first paragraph of text, unmarked', () => {
    const page =
      '# T\n\n<script setup>\nimport a;\n</script>\n\n```ts\nx\n\ny\n```\n\n| a |\n\nTakes [`a`](b) *of* x:\n\nMore.';
    expect(descriptionOf(page)).toBe('Takes a of x.');
  });

  test('ends at a sentence, else at a word', () => {
    const words = 'word '.repeat(60);
    expect(descriptionOf(`First of all a sentence that is long enough. ${words}`)).toBe(
      'First of all a sentence that is long enough.',
    );
    expect(descriptionOf(words)).toMatch(/^(?:word ){40}\.\.\.$/);
    expect(descriptionOf('# T\n\n| a |')).toBeUndefined();
  });
});

describe('texts for other readers', () => {
  const pages = [
    { path: 'api/core/index.md', title: 'core', description: '', markdown: '# core' },
    {
      path: 'guide/idea.md',
      title: 'The idea',
      description: 'Why.',
      markdown: '# The idea\n<!-- no -->\nText',
    },
  ];

  test('list and hold the pages by section, under the base', () => {
    expect(indexOf('S', 'About.', pages, '/b/')).toBe(
      '# S\n\n> About.\n\n## Guide\n\n- [The idea](/b/guide/idea.md): Why.\n\n## API reference\n\n- [core](/b/api/core/index.md)\n',
    );
    expect(fullOf(pages, '/b/')).toBe(
      '<!-- /b/guide/idea.md -->\n\n# The idea\nText\n\n<!-- /b/api/core/index.md -->\n\n# core\n',
    );
    expect(plainMarkdown('a\n\n<script setup>\nx\n</script>\n\n\nb')).toBe('a\n\nb');
  });
});
