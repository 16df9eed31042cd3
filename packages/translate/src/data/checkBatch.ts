import { check, checkRecord, show } from '@steadyformer/core';
import type { TokenBatch } from './batch';

const isShape = (shape: unknown): shape is readonly [number, number] =>
  Array.isArray(shape) && shape.length === 2 && shape.every((size) => Number.isInteger(size) && size >= 1);

/** @throws SteadyformerError where ids do not fill their shape, [sentences, tokens]. */
export const checkIdMatrix = (what: string, ids: Int32Array, of: string, shape: readonly number[]): void => {
  check(isShape(shape), of, shape, 'two whole numbers >= 1, [sentences, tokens]');
  check(ids instanceof Int32Array, what, ids, 'an Int32Array');
  const size = shape[0]! * shape[1]!;
  const allowed = `the ${size} of ${of.split(/[. ]/u).at(-1)} ${show(shape)}`;
  check(ids.length === size, `ids in ${what}`, ids.length, allowed);
};

/** @throws SteadyformerError where what should be a batch is none, or its ids do not fill its shapes. */
export const checkBatch = (batch: TokenBatch): void => {
  checkRecord('batch', batch, 'a TokenBatch, such as makeBatch(corpus, indices)');
  for (const [name, of] of [
    ['source', 'sourceShape'],
    ['targetInput', 'targetShape'],
    ['targetOutput', 'targetShape'],
  ] as const) {
    checkIdMatrix(`batch.${name}`, batch[name], `batch.${of}`, batch[of]);
  }
};
