import { check, checkRecord, show } from '@steadyformer/core';
import type { TokenBatch } from './batch';

const isShape = (shape: unknown): shape is readonly [number, number] =>
  Array.isArray(shape) && shape.length === 2 && shape.every((size) => Number.isInteger(size) && size >= 1);

/** @throws SteadyformerError where what should be a batch is none, or its ids do not fill its shapes. */
export const checkBatch = (batch: TokenBatch): void => {
  checkRecord('batch', batch, 'a TokenBatch, such as makeBatch(corpus, indices)');
  for (const [name, of] of [
    ['source', 'sourceShape'],
    ['targetInput', 'targetShape'],
    ['targetOutput', 'targetShape'],
  ] as const) {
    const [ids, shape] = [batch[name], batch[of]];
    check(isShape(shape), `batch.${of}`, shape, 'two whole numbers >= 1, [sentences, tokens]');
    check(ids instanceof Int32Array, `batch.${name}`, ids, 'an Int32Array');
    const size = shape[0] * shape[1];
    check(ids.length === size, `ids in batch.${name}`, ids.length, `the ${size} of ${of} ${show(shape)}`);
  }
};
