import { join } from 'node:path';
import { expect, it } from 'vitest';
import { ROOT } from './packages.mjs';
import { searchSections, sectionsOf } from './searchSections';

it('splits a page at its headings, without what is no text', () => {
  const page = `<script setup>
import a from 'b';
</script>

# Title

<p class="x">Words <b>here</b>.</p>

## In code

\`f(x)\` and [a link](/there)

### Deeper, still

| a | b |
| --- | ---: |
| one | 2 |

## Next
`;
  expect(sectionsOf(page)).toEqual([
    { anchor: '', titles: ['Title'], text: 'Words here .' },
    { anchor: 'in-code', titles: ['Title', 'In code'], text: 'f(x) and a link' },
    { anchor: 'deeper-still', titles: ['Title', 'In code', 'Deeper, still'], text: 'a b one 2' },
    { anchor: 'next', titles: ['Title', 'Next'], text: '' },
  ]);
});

it('knows the pages that are made from code, and leaves others to the search', async () => {
  const sections = await searchSections();
  const at = (page: string) => sections(join(ROOT, 'apps/docs', page));
  expect(at('methods/admin.md')?.map(({ titles }) => titles.at(-1))).toEqual([
    ...['Admin', 'In code', 'Where it starts', 'How it grows with depth', 'Source'],
  ]);
  expect(at('results/fig3.md')?.[0]?.text).toContain('the norm of the loss');
  expect(at('packages/core.md')).not.toBeUndefined();
  expect(at('methods/index.md')).toBeUndefined();
}, 300_000);
