import * as tf from '@tensorflow/tfjs';
import { type Activation, type KernelForm, kernelOr } from '../backend/kernels';
import { differentiable } from './differentiable';
import { fixedLinear } from './fixedLinear';
import { gelu, geluSlope } from './gelu';
import { byRows, matMulTransposeA, matMulTransposeB, sumRows } from './products';
import { slotOf } from './slots';

/** Options of the op `linear`. */
export interface LinearOptions {
  /** [N], absent for none. */
  readonly bias?: tf.Tensor1D;
  /** relu, or gelu in its tanh form (Hendrycks and Gimpel 2016). Default none. */
  readonly activation?: Activation;
}

/**
 * act(x W + b) over the last axis. x [..., K], weight [K, N]: [..., N].
 * One flat 2-D product each way: tfjs's own broadcast product has a wrong gradient and slow transposed forms.
 */
export const linear = <R extends tf.Rank>(
  x: tf.Tensor<R>,
  weight: tf.Tensor2D,
  { bias, activation = 'none' }: LinearOptions = {},
): tf.Tensor<R> =>
  fixedLinear<R>({ x, weight, bias }, { activation, transposed: false }) ??
  byRows(x, (rows) => linear2d(rows, weight, bias, activation));

/** The gradient of x W + b alone: zeros take the place of its result, of which nothing but the shape may be read. */
export const unreadLinear = <R extends tf.Rank>(
  x: tf.Tensor<R>,
  weight: tf.Tensor2D,
  bias: tf.Tensor1D | undefined,
): tf.Tensor<R> => byRows(x, (rows) => linear2d(rows, weight, bias, 'none', unread));

const unread: KernelForm<'SteadyLinear'> = ({ x, weight }) => [tf.zeros([x.shape[0], weight.shape[1]])];

const linear2d = (
  x: tf.Tensor2D,
  weight: tf.Tensor2D,
  bias: tf.Tensor1D | undefined,
  activation: Activation,
  forward: KernelForm<'SteadyLinear'> = kernelOr('SteadyLinear', composedLinear),
): tf.Tensor2D => {
  const backward = kernelOr('SteadyLinearGrad', composedLinearGrad);
  const slot = slotOf(weight);
  return differentiable(
    bias ? [x, weight, bias] : [x, weight],
    (save) => {
      const [y, preactivation] = forward({ x, weight, bias }, { activation });
      const saved = activation === 'relu' ? y! : preactivation!;
      save(activation === 'none' ? [x, weight] : [x, weight, saved]);
      return y as tf.Tensor2D;
    },
    (dy, saved) => {
      const [savedX, savedWeight, state] = saved as [tf.Tensor2D, tf.Tensor2D, tf.Tensor2D?];
      const into = slot() as tf.Tensor2D | undefined;
      const inputs = { dy, x: savedX, weight: savedWeight, saved: state, into };
      return backward(inputs, { activation, bias: bias !== undefined });
    },
  );
};

/** y = act(z), z = x W + b. x [M, K], weight [K, N], bias [N]: [y [M, N], z [M, N]], z where there is an activation. */
export const composedLinear: KernelForm<'SteadyLinear'> = ({ x, weight, bias }, { activation }) => {
  const product: tf.Tensor2D = tf.matMul(x, weight);
  const sum = bias ? tf.add<tf.Tensor2D>(product, bias) : product;
  if (activation === 'none') return [sum];
  return [activation === 'relu' ? tf.relu(sum) : gelu(sum), sum];
};

/**
 * dz = dy (.) act'(z), dx = dz W^T, dW = x^T dz, db_n = sum_m dz_mn. `saved` is y for relu, whose slope it shows too,
 * z for gelu: [dx [M, K], dW [K, N], db [N]], db where there is a bias.
 */
export const composedLinearGrad: KernelForm<'SteadyLinearGrad'> = (
  { dy, x, weight, saved },
  { activation, bias },
) => {
  const dSum = saved
    ? tf.mul<tf.Tensor2D>(dy, activation === 'relu' ? tf.step(saved) : geluSlope(saved))
    : dy;
  const gradients = [matMulTransposeB(dSum, weight), matMulTransposeA(x, dSum)];
  return bias ? [...gradients, sumRows(dSum)] : gradients;
};
