import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { onBackends } from '../../testing/backends';
import { read } from '../../testing/numbers';
import { recompute } from './recompute';
import { recordedGradients } from './tape';

type Part = (x: tf.Tensor1D, y: tf.Tensor1D) => tf.Tensor1D;
/** How a part is run: as it is, or forgotten. */
type Run = (part: Part, x: tf.Tensor1D, y: tf.Tensor1D) => tf.Tensor1D;

const plainly: Run = (part, x, y) => part(x, y);
const forgotten: Run = (part, x, y) =>
  recompute<tf.Tensor1D>([x, y], ([a, b]) => part(a as tf.Tensor1D, b as tf.Tensor1D));

onBackends(() => {
  describe('recompute', () => {
    const variable = (values: number[]): tf.Variable<tf.Rank.R1> => tf.variable(tf.tensor1d(values));
    const a = (): tf.Variable<tf.Rank.R1> => variable([0.5, -1.2, 2]);
    const b = (): tf.Variable<tf.Rank.R1> => variable([1, 0.3, -0.7]);

    /** Gradients of 1 / (1 + sum) of a function, so that values differ in every digit. */
    const gradientsOf = (
      f: (run: Run) => tf.Tensor1D,
      run: Run,
      variables: tf.Variable<tf.Rank.R1>[],
    ): (number[] | undefined)[] => {
      const before = tf.memory().numTensors;
      const numbers = tf.tidy(() => {
        const { value, gradients } = recordedGradients(
          () => tf.reciprocal(tf.add<tf.Scalar>(tf.sum(f(run)), 1)),
          variables,
        )!;
        return [read(value), ...gradients.map((gradient) => gradient && read(gradient))];
      });
      expect(tf.memory().numTensors - before, 'tensors left').toBe(0);
      return numbers;
    };

    const check = (f: (run: Run) => tf.Tensor1D, variables: tf.Variable<tf.Rank.R1>[]): void => {
      const expected = gradientsOf(f, plainly, variables);
      expect(gradientsOf(f, forgotten, variables)).toEqual(expected);
      tf.dispose(variables);
    };

    it('gives the gradients of the plain pass to the bit, of what it holds and of weights it reads by itself', () => {
      const [x, w] = [a(), b()];
      const part: Part = (s, t) => tf.add(tf.sin(tf.mul(s, w)), tf.mul(t, tf.exp(s)));
      check((run) => run(part, run(part, x, tf.square(w)), x), [x, w]);
    });

    it('adds to a stream that others read, too, in the order of the plain pass', () => {
      const [x, w] = [a(), b()];
      const part: Part = (s, t) => tf.add(tf.sin(tf.mul(s, w)), tf.mul(s, tf.exp(t)));
      check(
        (run) => {
          const stream = tf.mul<tf.Tensor1D>(x, 1.1);
          const [first, second] = [run(part, stream, stream), run(part, stream, tf.cos(stream))];
          return tf.add(tf.mul(first, stream), second);
        },
        [x, w],
      );
    });

    it('may stand within another', () => {
      const [x, w] = [a(), b()];
      const inner: Part = (s, t) => tf.tanh(tf.mul<tf.Tensor1D>(tf.mul(s, t), w));
      check(
        (run) => {
          const outer: Part = (s, t) => tf.mul(run(inner, run(inner, s, t), w), tf.sin(s));
          return run(outer, run(outer, x, w), x);
        },
        [x, w],
      );
    });

    it('takes functions that return what they were given, and tensors without a gradient', () => {
      const x = a();
      const constant = tf.tensor1d([1, 2, 3]);
      check(
        (run) => {
          const same = run((s) => s, x, constant);
          return tf.add(
            run((_, t) => tf.exp(t), x, constant),
            run((s, t) => tf.mul(s, t), same, constant),
          );
        },
        [x],
      );
      constant.dispose();
    });

    it('leaves what is frozen alone: nothing is computed again where no gradient goes', () => {
      const [x, w] = [a(), b()];
      let runs = 0;
      tf.tidy(() => {
        recordedGradients(() => {
          const frozen = recompute([x], ([s]) => {
            runs += 1;
            return tf.exp(s!);
          });
          return tf.sum<tf.Scalar>(tf.mul(frozen, w));
        }, [w]);
      });
      expect(runs).toBe(1);
      tf.dispose([x, w]);
    });

    it('simply runs where no gradient is recorded by us', () => {
      const x = a();
      const f = (s: tf.Tensor): tf.Scalar => tf.sum(recompute([s], ([t]) => tf.exp(t!)));
      const [plain, ours] = [tf.grad((s) => tf.sum(tf.exp(s)))(x), tf.grad(f)(x)];
      expect(read(ours)).toEqual(read(plain));
      tf.dispose([x, plain, ours]);
    });

    it.each([1, 2])('leaves nothing behind where run %d fails', (failing) => {
      const x = a();
      const before = tf.memory().numTensors;
      let runs = 0;
      const part = (): tf.Tensor =>
        recompute([tf.sin(x)], ([s]) => {
          const y = tf.exp(s!);
          runs += 1;
          if (runs > failing) throw new Error('no part today');
          return y;
        });
      const loss = (): tf.Scalar => tf.sum<tf.Scalar>(tf.mul(part(), part()));
      expect(() => tf.tidy(() => void recordedGradients(loss, [x]))).toThrow('no part today');
      expect(tf.memory().numTensors).toBe(before);
      // A tape that a failure left behind would be in the way.
      expect(tf.tidy(() => recordedGradients(() => tf.sum(tf.exp(x)), [x]) !== undefined)).toBe(true);
      x.dispose();
    });
  });
});
