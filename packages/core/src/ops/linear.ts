import * as tf from '@tensorflow/tfjs';
import { type Activation, hasKernel, runKernel } from '../backend/kernels';
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
      const [y, preactivation] = hasKernel('SteadyLinear')
        ? runKernel('SteadyLinear', { x, weight, bias }, { activation })
        : composedForward(x, weight, bias, activation);
      const saved = activation === 'relu' ? y! : preactivation!;
      save(activation === 'none' ? [x, weight] : [x, weight, saved]);
      return y as tf.Tensor2D;
    },
    (dy, [savedX, savedWeight, saved]) => {
      const inputs = { dy, x: savedX as tf.Tensor2D, weight: savedWeight as tf.Tensor2D };
      const state = saved as tf.Tensor2D | undefined;
      return hasKernel('SteadyLinearGrad')
        ? runKernel('SteadyLinearGrad', { ...inputs, saved: state }, { activation, bias: bias !== undefined })
        : composedBackward(inputs, state, activation, bias !== undefined);
    },
  );

/** [y, x W + b], the latter where there is an activation. */
const composedForward = (
  x: tf.Tensor2D,
  weight: tf.Tensor2D,
  bias: tf.Tensor1D | undefined,
  activation: Activation,
): tf.Tensor[] => {
  const product: tf.Tensor2D = tf.matMul(x, weight);
  const sum = bias ? tf.add<tf.Tensor2D>(product, bias) : product;
  if (activation === 'none') return [sum];
  return [activation === 'relu' ? tf.relu(sum) : gelu(sum), sum];
};

const composedBackward = (
  { dy, x, weight }: { dy: tf.Tensor2D; x: tf.Tensor2D; weight: tf.Tensor2D },
  saved: tf.Tensor2D | undefined,
  activation: Activation,
  withBias: boolean,
): tf.Tensor[] => {
  const dSum = saved
    ? tf.mul<tf.Tensor2D>(dy, activation === 'relu' ? tf.step(saved) : geluSlope(saved))
    : dy;
  const gradients = [matMulTransposeB(dSum, weight), matMulTransposeA(x, dSum)];
  return withBias ? [...gradients, sumRows(dSum)] : gradients;
};
