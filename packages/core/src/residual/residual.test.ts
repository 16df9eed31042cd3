import { describe, expect, it } from 'vitest';
import { needsFinalNorm, ONE } from './residual';

describe('needsFinalNorm', () => {
  const scales = { shortcutScale: ONE, branchScale: ONE };
  it.each([
    ['post-norm', { ...scales, after: 'layer' }, false],
    ['pre-norm', { ...scales, before: 'layer' }, true],
    ['sandwich', { ...scales, before: 'layer', inside: 'layer' }, true],
    ['both', { ...scales, before: 'layer', after: 'layer' }, false],
    ['none', scales, false],
  ] as const)('%s', (_name, residual, expected) => {
    expect(needsFinalNorm(residual)).toBe(expected);
  });
});
