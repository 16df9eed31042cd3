import { expect, test } from 'vitest';
import { misspellings } from './testing/prose';
import { pages, readPage } from './testing/repository';

test('refused spellings are found in prose, with their line', () => {
  const text = ['# Warmup', '', 'A PostLN model, its feedforward', 'sublayer and a post-LN one.'].join('\n');
  expect(misspellings(text)).toEqual([
    { line: 1, found: 'Warmup', allowed: 'warm-up' },
    { line: 3, found: 'feedforward', allowed: 'feed-forward' },
    { line: 3, found: 'PostLN', allowed: 'Post-LN' },
    { line: 4, found: 'sublayer', allowed: 'sub-layer' },
    { line: 4, found: 'post-LN', allowed: 'Post-LN' },
  ]);
});

test('right ones pass, and so does code, formulas and addresses', () => {
  const text = [
    'Post-LN and Pre-LN: the warm-up of a feed-forward sub-layer at a learning rate.',
    '`warmup: 4000`, [a page](./warmup), $warmup$',
    '```ts',
    'const warmup = postLN();',
    '```',
    '    npm run warmup',
  ].join('\n');
  expect(misspellings(text)).toEqual([]);
});

test.each([...pages(), 'experiments/README.md', 'benchmarks/README.md', 'CONTRIBUTING.md'])(
  '%s spells terms as the others do',
  (page) => {
    expect(misspellings(readPage(page))).toEqual([]);
  },
);
