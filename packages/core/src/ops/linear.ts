import * as tf from '@tensorflow/tfjs';
import { type Activation, hasKernel, runKernel } from '../kernels';
import { differentiable } from './differentiable';
import { gelu, geluSlope } from './gelu';
import { byRows, matMulTransposeA, matMulTransposeB, sumRows } from './products';

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
): tf.Tensor<R> => byRows(x, (rows) => linear2d(rows, weight, bias, activation));

const linear2d = (
  x: tf.Tensor2D,
  weight: tf.Tensor2D,
  bias: tf.Tensor1D | undefined,
  activation: Activation,
): tf.Tensor2D =>
  differentiable(
    bias ? [x, weight, bias] : [x, weight],
    (save) => {
      const { y, saved } = hasKernel('SteadyLinear')
        ? fusedForward(x, weight, bias, activation)
        : composedForward(x, weight, bias, activation);
      save(saved ? [x, weight, saved] : [x, weight]);
      return y;
    },
    (dy, [savedX, savedWeight, saved]) => {
      const inputs = { dy, x: savedX as tf.Tensor2D, weight: savedWeight as tf.Tensor2D };
      const state = saved as tf.Tensor2D | undefined;
      return hasKernel('SteadyLinearGrad')
        ? runKernel('SteadyLinearGrad', { ...inputs, saved: state }, { activation, bias: bias !== undefined })
        : composedBackward(inputs, state, activation, bias !== undefined);
    },
  );

interface Forward {
  readonly y: tf.Tensor2D;
  /** What the activation's gradient needs. */
  readonly saved?: tf.Tensor2D;
}

const fusedForward = (
  x: tf.Tensor2D,
  weight: tf.Tensor2D,
  bias: tf.Tensor1D | undefined,
  activation: Activation,
): Forward => {
  const [y, preactivation] = runKernel('SteadyLinear', { x, weight, bias }, { activation });
  return withSaved(activation, y as tf.Tensor2D, preactivation as tf.Tensor2D);
};

const composedForward = (
  x: tf.Tensor2D,
  weight: tf.Tensor2D,
  bias: tf.Tensor1D | undefined,
  activation: Activation,
): Forward => {
  const product: tf.Tensor2D = tf.matMul(x, weight);
  const sum = bias ? tf.add<tf.Tensor2D>(product, bias) : product;
  if (activation === 'relu') return withSaved(activation, tf.relu(sum), sum);
  if (activation === 'gelu') return withSaved(activation, gelu(sum), sum);
  return { y: sum };
};

const withSaved = (activation: Activation, y: tf.Tensor2D, preactivation: tf.Tensor2D): Forward =>
  activation === 'none' ? { y } : { y, saved: activation === 'relu' ? y : preactivation };

const composedBackward = (
  { dy, x, weight }: { dy: tf.Tensor2D; x: tf.Tensor2D; weight: tf.Tensor2D },
  saved: tf.Tensor2D | undefined,
  activation: Activation,
  withBias: boolean,
): tf.Tensor[] => {
  const dSum = saved
    ? tf.mul<tf.Tensor2D>(dy, activation === 'relu' ? tf.step(saved) : geluSlope(saved))
    : dy;
  const gradients: tf.Tensor[] = [matMulTransposeB(dSum, weight), matMulTransposeA(x, dSum)];
  if (withBias) gradients.push(sumRows(dSum));
  return gradients;
};
