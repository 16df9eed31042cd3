import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { selectBackend } from '../backend/select';
import { assertNoLeak, leftovers } from './leaks';

beforeAll(() => selectBackend('cpu'));

const kept: tf.Tensor[] = [];
const leak = (): void => {
  kept.push(tf.ones([2]), tf.ones([3]));
};

describe('assertNoLeak', () => {
  it('passes what leaves nothing, and frees what is returned', async () => {
    const before = tf.memory().numTensors;
    assertNoLeak(() => tf.tidy(() => tf.sum(tf.ones([2]))));
    assertNoLeak(() => ({ a: tf.ones([2]), b: [tf.ones([3])] }));
    assertNoLeak(() => {});
    await assertNoLeak(async () => {
      const x = tf.ones([2]);
      await x.data();
      return x;
    });
    expect(tf.memory().numTensors).toBe(before);
  });

  it('says how many are left, or gone', async () => {
    expect(() => assertNoLeak(leak)).toThrow('the action left 2 tensors behind');
    await expect(assertNoLeak(async () => leak())).rejects.toThrow('the action left 2 tensors behind');
    expect(() => assertNoLeak(() => tf.dispose(kept))).toThrow(
      'the action disposed 4 tensors that it did not make',
    );
  });

  it('passes on what is thrown, unless tensors are left: then it says both', async () => {
    const error = new Error('no room');
    const fail = (): never => {
      throw error;
    };
    const leakAndFail = (): never => {
      leak();
      throw error;
    };
    expect(() => assertNoLeak(fail)).toThrow(error);
    await expect(assertNoLeak(async () => fail())).rejects.toBe(error);
    const message = 'the action left 2 tensors behind, and threw: no room';
    expect(() => assertNoLeak(leakAndFail)).toThrow(expect.objectContaining({ message, cause: error }));
    await expect(assertNoLeak(async () => leakAndFail())).rejects.toMatchObject({ message, cause: error });
    tf.dispose(kept);
  });

  it('needs a function', () => {
    expect(() => assertNoLeak(tf.ones([1]) as never)).toThrow(
      'assertNoLeak(): received float32 of shape [1]',
    );
  });
});

describe('leftovers', () => {
  it('counts what is left beside what is returned', () => {
    kept.length = 0;
    expect(leftovers(() => tf.ones([2]))).toBe(0);
    expect(leftovers(() => [tf.tidy(() => tf.neg(tf.ones([2])))])).toBe(0);
    expect(
      leftovers(() => {
        leak();
        return tf.ones([1]);
      }),
    ).toBe(2);
    tf.dispose(kept);
  });
});
