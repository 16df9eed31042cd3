import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { checkedMask } from './attentionMask';

beforeAll(() => tf.setBackend('cpu'));

const sizes = (queries: number, keys: number) => ({ batch: 2, queries, keys });
const mask = (...shape: [number, number, number, number]): tf.Tensor4D => tf.zeros(shape);

describe('checkedMask', () => {
  it('passes a mask for every query, or one for all', () => {
    expect(checkedMask(undefined, sizes(3, 5), 'x')).toBeUndefined();
    for (const queries of [1, 3]) {
      const right = mask(2, 1, queries, 5);
      expect(checkedMask(right, sizes(3, 5), 'x')).toBe(right);
    }
  });

  it.each([[mask(2, 1, 2, 5)], [mask(2, 1, 3, 1)], [mask(1, 1, 3, 5)]])('names what it received', (wrong) => {
    expect(() => checkedMask(wrong, sizes(3, 5), 'mask of x')).toThrow(
      `mask of x: received [${wrong.shape.join(', ')}], allowed [2, 1, 1 or 3, 5]. Its values are added to the scores`,
    );
  });

  it('of a single query has one row', () => {
    expect(() => checkedMask(mask(2, 1, 2, 5), sizes(1, 5), 'x')).toThrow('allowed [2, 1, 1, 5]');
  });
});
