import * as tf from '@tensorflow/tfjs';
import { check, checkNumber, checkOptions } from '../checks/errors';
import { assertNoLeak } from './leaks';
import { checkClose, dot, noise, type Plain, plainOf } from './numbers';

type Op = (...inputs: tf.Tensor[]) => tf.Tensor;

/** What `checkGradient` compares with differences. */
export interface GradientCheck {
  /** The op: a differentiable function of its inputs. */
  readonly op: Op;
  /**
   * The inputs that have gradients. Differences are taken up to 2 steps of 1/64 from every number: away from kinks,
   * such as relu's at 0, by more than that.
   */
  readonly inputs: readonly Plain[];
  /** Allowed error of a gradient, of its largest element. Default 1e-3: the op's numbers are float32. */
  readonly within?: number;
}

const STEP = 1 / 64;

/** The gradients of sum(weights * op) as tfjs takes them. */
export const gradientsOf = (op: Op, inputs: readonly tf.Tensor[], weights: tf.Tensor): tf.Tensor[] =>
  tf.grads((...xs: tf.Tensor[]) => tf.sum(tf.mul(op(...xs), weights)))([...inputs]);

/** The gradient of a float64 function by central differences. */
export const numericGradient = (f: (x: number[]) => number, at: ArrayLike<number>, step = 1e-5): number[] =>
  Array.from(at, (value, i) => {
    const x = Array.from(at);
    x[i] = value + step;
    const above = f(x);
    x[i] = value - step;
    return (above - f(x)) / (2 * step);
  });

const tensorOf = ({ data, shape, dtype = 'float32' }: Plain): tf.Tensor =>
  tf.tensor([...data], [...shape], dtype);

/** sum(weights * op) in float64, with element `at` of input `which` moved by `by`. */
const moved = async (
  { op, inputs }: GradientCheck,
  weights: readonly number[],
  [which, at, by]: readonly [number, number, number],
): Promise<number> => {
  const y = tf.tidy(() =>
    op(
      ...inputs.map((input, i) =>
        tensorOf(i === which ? { ...input, data: input.data.with(at, input.data[at]! + by) } : input),
      ),
    ),
  );
  const loss = dot(await y.data(), weights);
  y.dispose();
  return loss;
};

/**
 * Holds an op's gradients, on the active backend, against central differences of its own values: those of order four,
 * (8 (f(x + h) - f(x - h)) - (f(x + 2h) - f(x - 2h))) / 12 h, which float32 serves to about 1e-5. Takes four runs of the
 * op a number, so inputs had best be small; odd sizes show more. No pass may leave a tensor behind.
 *
 * @throws SteadyformerError that names the input, the largest error and what is allowed.
 */
export const checkGradient = async (given: GradientCheck): Promise<void> => {
  checkOptions(given, ['op', 'inputs', 'within'], 'checkGradient()');
  const { op, inputs, within = 1e-3 } = given;
  check(typeof op === 'function', 'checkGradient() op', op, 'a function of tensors');
  check(
    Array.isArray(inputs) && inputs.length > 0,
    'checkGradient() inputs',
    inputs,
    'a list of { shape, data }',
  );
  checkNumber('checkGradient() within', within);
  const made = inputs.map(tensorOf);
  const tensors = [...made];
  try {
    assertNoLeak(() => op(...tensors));
    const y = op(...tensors);
    const weights = noise(y.size, 99);
    const weightTensor = tf.tensor(weights, y.shape);
    made.push(y, weightTensor);
    assertNoLeak(() => gradientsOf(op, tensors, weightTensor));
    const gradients = gradientsOf(op, tensors, weightTensor);
    made.push(...gradients);
    for (const [which, input] of inputs.entries()) {
      const data: number[] = [];
      for (const at of input.data.keys()) {
        const f = (steps: number): Promise<number> => moved(given, weights, [which, at, steps * STEP]);
        const [near, far] = [(await f(1)) - (await f(-1)), (await f(2)) - (await f(-2))];
        data.push((8 * near - far) / (12 * STEP));
      }
      const received = await plainOf(gradients[which]!);
      checkClose(`gradient of input ${which}`, received, { shape: input.shape, data }, within);
    }
  } finally {
    tf.dispose(made);
  }
};
