import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { onBackends } from '../../testing/backends';
import { read } from '../../testing/numbers';
import { recordedGradients } from './tape';

onBackends(() => {
  describe('recordedGradients', () => {
    const variable = (values: number[]): tf.Variable<tf.Rank.R1> => tf.variable(tf.tensor1d(values));

    /** Fan-out, one tensor used twice by an op, a gradient handed on as it came, and an op that leads nowhere. */
    const tangled = (a: tf.Tensor1D, b: tf.Tensor1D) => (): tf.Scalar => {
      const square = tf.mul<tf.Tensor1D>(a, a);
      const sum = tf.add<tf.Tensor1D>(square, b);
      const same = tf.customGrad((x) => ({ value: tf.clone(x as tf.Tensor), gradFunc: (dy) => dy }));
      const pair = tf.customGrad((x, y) => ({
        value: tf.add(x as tf.Tensor, y as tf.Tensor),
        gradFunc: (dy) => [dy, dy],
      }));
      tf.exp(sum);
      const [left, right] = tf.split(tf.concat([same(sum), tf.sin(a)]), 2) as [tf.Tensor1D, tf.Tensor1D];
      return tf.sum(tf.mul(pair(left, sum), tf.add(right, square)));
    };

    it("equals tfjs's own gradients, to the bit", () => {
      const [a, b, unused] = [variable([0.5, -1.2, 2]), variable([1, 0.3, -0.7]), variable([4])];
      const loss = tangled(a!, b!);
      const expected = tf.variableGrads(loss, [a!, b!]);
      tf.tidy(() => {
        const { value, gradients } = recordedGradients(loss, [unused!, b!, a!])!;
        expect(read(value)).toEqual(read(expected.value));
        expect(gradients[0]).toBeUndefined();
        expect(read(gradients[1]!)).toEqual(read(expected.grads[b!.name]!));
        expect(read(gradients[2]!)).toEqual(read(expected.grads[a!.name]!));
      });
      tf.dispose([expected.value, ...Object.values(expected.grads), a!, b!, unused!]);
    });

    it('leaves nothing behind, not even where the function throws', () => {
      const [a, b] = [variable([0.5, 2]), variable([1, 3])];
      const before = tf.memory().numTensors;
      tf.tidy(() => {
        recordedGradients(tangled(a, b), [a, b]);
      });
      expect(tf.memory().numTensors).toBe(before);
      const failing = (): tf.Scalar => {
        tangled(a, b)();
        throw new Error('no loss today');
      };
      expect(() => tf.tidy(() => void recordedGradients(failing, [a, b]))).toThrow('no loss today');
      expect(tf.memory().numTensors).toBe(before);
      // A tape that a failure left behind would be in the way.
      tf.tidy(() => {
        expect(recordedGradients(tangled(a, b), [a, b])).toBeDefined();
      });
      a.dispose();
      b.dispose();
    });

    it('frees as it goes: a deep chain needs no more tensors than a shallow one at the end of its backward pass', () => {
      const x = variable([1, 2]);
      const peak = (depth: number): number => {
        let most = 0;
        const watched = tf.customGrad((y) => ({
          value: tf.clone(y as tf.Tensor),
          gradFunc: (dy) => {
            most = Math.max(most, tf.memory().numTensors);
            return tf.clone(dy);
          },
        }));
        tf.tidy(() => {
          recordedGradients(() => {
            let y = watched(x) as tf.Tensor1D;
            for (let i = 0; i < depth; i++) y = tf.sin(y);
            return tf.sum(y);
          }, [x]);
        });
        return most;
      };
      expect(peak(40)).toBe(peak(4));
      x.dispose();
    });

    it('leaves nested gradients to tfjs', () => {
      const x = variable([3]);
      const inner = tf.tidy(() => {
        let result: unknown = 'not called';
        tf.variableGrads(() => {
          result = recordedGradients(() => tf.sum(tf.square(x)), [x]);
          return tf.sum<tf.Scalar>(tf.square(x));
        }, [x]);
        return result as string;
      });
      expect(inner).toBeUndefined();
      x.dispose();
    });
  });
});
