import { describe, expect, it } from 'vitest';
import { failureOf, smallerDepth } from './failure';

describe('failureOf()', () => {
  it.each([
    new RangeError('Array buffer allocation failed'),
    new RangeError('Invalid typed array length: 4294967296'),
    new Error('Aborted(OOM). Build with -sASSERTIONS for more info.'),
    new WebAssembly.RuntimeError('memory access out of bounds'),
    'GPUDevice was lost',
  ])('%s is about memory', (error) => {
    expect(failureOf(error).kind).toBe('memory');
  });

  it('is something else otherwise, in one line', () => {
    expect(failureOf(new Error('no such thing\n  at once'))).toEqual({
      kind: 'other',
      message: 'no such thing',
    });
    expect(failureOf(undefined)).toEqual({ kind: 'other', message: 'undefined' });
  });
});

describe('smallerDepth()', () => {
  it('is half, as long as there is one', () => {
    expect([64, 3, 2, 1].map(smallerDepth)).toEqual([32, 1, 1, undefined]);
  });
});
