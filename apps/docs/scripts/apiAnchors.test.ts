import { describe, expect, test } from 'vitest';
import { meantAnchor, withAnchors } from './apiAnchors.mjs';

describe('meantAnchor', () => {
  const ids = new Set(['options', 'step-2', 'special-ids', 'abstract-module']);
  test.each([
    ['options', 'options'],
    ['options-1', 'options'],
    ['step-2', 'step-2'],
    ['special_ids', 'special-ids'],
    ['module', 'abstract-module'],
    ['absent-1', undefined],
  ])('%s means %s', (anchor, expected) => {
    expect(meantAnchor(anchor, ids)).toBe(expected);
  });
});

test('links of a page, to another, and to another package lead to anchors that exist', () => {
  const pages = new Map([
    ['core/index.md', '[a](#own-1) [b](./ops#gelu-1) [c](ops.md#gelu) [d](#none) [e](https://a.b/#gelu-1)'],
    ['core/ops.md', ''],
    ['cli/index.md', '[f](/api/core/#own-1) [g](/api/core/ops#gelu-3) [h](/guide/idea#gelu-1)'],
  ]);
  const ids = new Set(['own', 'gelu']);
  const mended = withAnchors(pages, () => ids);
  expect(mended.get('core/index.md')).toBe(
    '[a](#own) [b](./ops#gelu) [c](ops.md#gelu) [d](#) [e](https://a.b/#gelu-1)',
  );
  expect(mended.get('cli/index.md')).toBe(
    '[f](/api/core/#own) [g](/api/core/ops#gelu) [h](/guide/idea#gelu-1)',
  );
});
