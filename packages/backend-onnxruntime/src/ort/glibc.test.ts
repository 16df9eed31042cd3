import { describe, expect, it } from 'vitest';
import { hasGlibc } from './glibc';

describe('hasGlibc', () => {
  it('is false where a report of Linux names no glibc', () => {
    expect(hasGlibc('linux', () => ({ header: { glibcVersionRuntime: '2.36' } }))).toBe(true);
    expect(hasGlibc('linux', () => ({ header: {} }))).toBe(false);
  });

  it('is true where it cannot be told', () => {
    expect(hasGlibc('linux', () => undefined)).toBe(true);
    expect(hasGlibc('darwin', () => ({ header: {} }))).toBe(true);
    expect(hasGlibc('win32', () => ({ header: {} }))).toBe(true);
  });
});
