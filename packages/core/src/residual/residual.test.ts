import { describe, expect, it } from 'vitest';
import { initialOf, needsFinalNorm, ONE } from './residual';

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

describe('initialOf', () => {
  it.each([
    [ONE, 1],
    [{ kind: 'constant', value: 3 }, 3],
    [{ kind: 'scalar', initial: 0.5 }, 0.5],
    [{ kind: 'vector', initial: 'profiled' }, 'profiled'],
  ] as const)('%j starts at %j', (scale, expected) => {
    expect(initialOf(scale)).toBe(expected);
  });
});
