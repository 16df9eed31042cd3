import util from 'node:util';
import { expect, test } from 'vitest';
import { restoreUtil } from './shim';

test('restores what a new Node lacks, with the meaning of the old functions', () => {
  const bare: { isNullOrUndefined?: (x: unknown) => boolean; isArray?: (x: unknown) => boolean } = {};
  expect(restoreUtil(bare)).toEqual(['isNullOrUndefined', 'isArray']);
  expect([null, undefined, 0, '', false].map((x) => bare.isNullOrUndefined?.(x))).toEqual([
    true,
    true,
    false,
    false,
    false,
  ]);
  expect([[], {}, 'ab'].map((x) => bare.isArray?.(x))).toEqual([true, false, false]);
});

test('leaves an existing function alone and does nothing the second time', () => {
  const own = (): boolean => true;
  const target = { isNullOrUndefined: own };
  expect(restoreUtil(target)).toEqual(['isArray']);
  expect(target.isNullOrUndefined).toBe(own);
  expect(restoreUtil(target)).toEqual([]);
});

test("completes the object that a CommonJS require('util') sees", () => {
  restoreUtil();
  expect('isNullOrUndefined' in util && 'isArray' in util).toBe(true);
});
