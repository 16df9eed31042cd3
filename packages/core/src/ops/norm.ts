import * as tf from '@tensorflow/tfjs';
import { type KernelForm, kernelOr } from '../backend/kernels';
import { differentiable } from './differentiable';

/** The L2 norm of x [P], a scalar. Its gradient is x / norm. */
export const l2Norm = (x: tf.Tensor1D): tf.Scalar => {
  const forward = kernelOr('SteadyNorm', composedNorm);
  return differentiable<tf.Scalar>(
    [x],
    (save) => {
      const norm = forward({ x }, {})[0] as tf.Scalar;
      save([x, norm]);
      return norm;
    },
    (dy, [own, norm]) => [tf.mul(own!, tf.div(dy, norm!))],
  );
};

/** sqrt(sum x^2): [norm []] */
export const composedNorm: KernelForm<'SteadyNorm'> = ({ x }) => [
  tf.tidy(() => tf.sqrt(tf.sum<tf.Scalar>(tf.square(x)))),
];
