import * as tf from '@tensorflow/tfjs';
import {
  type ComputeType,
  type FixedLinearAttrs,
  type FusedKernels,
  hasKernel,
  type KernelForm,
  runKernel,
} from '../backend/kernels';
import { gelu } from './gelu';
import { byRows, matMulTransposeB } from './products';

export type { ComputeType } from '../backend/kernels';

/** How long the weights stay as they are. */
export interface FixedWeights {
  /**
   * No other thread writes them, though it may share their memory: those of a model that nobody trains. Default false: memory
   * that threads share is read anew each time.
   */
  readonly owned?: boolean;
  /**
   * 'int8': products are of bytes, their sums of whole numbers, where the backend offers it (`findsInt8()`); float32 where not.
   * Default 'float32'.
   */
  readonly computeType?: ComputeType;
}

let fixed: Required<FixedWeights> | undefined;

/** Whether what runs reads weights many times before they change. */
export const weightsAreFixed = (): boolean => fixed !== undefined;

/** Whether the active backend computes products with fixed weights in int8. */
export const findsInt8 = (): boolean => hasKernel('SteadyFixedLinear');

/**
 * What f makes, where the weights of linear layers are going to be read many times before they change, as those of a model that
 * translates: a backend may keep forms of them that are faster to read, until they are written or disposed. Results are the same
 * to rounding, and do not depend on how many rows there are. f may not wait for anything; where gradients are taken nothing
 * changes.
 */
export const withFixedWeights = <T>(
  f: () => T,
  { owned = false, computeType = 'float32' }: FixedWeights = {},
): T => {
  const outer = fixed;
  fixed = { owned, computeType };
  try {
    return f();
  } finally {
    fixed = outer;
  }
};

type Inputs = FusedKernels['SteadyFixedLinear']['inputs'];

/** act(x W + b) by the backend's own form of the weight; undefined where it keeps none, or the weights are not fixed. */
export const fixedLinear = <R extends tf.Rank>(
  inputs: Inputs & { readonly x: tf.Tensor<R> },
  attrs: Omit<FixedLinearAttrs, 'owned' | 'computeType'>,
): tf.Tensor<R> | undefined => {
  if (!fixed || tf.engine().state.activeTape != null || !hasKernel('SteadyFixedLinear')) return undefined;
  return runKernel('SteadyFixedLinear', inputs, { ...attrs, ...fixed })[0] as tf.Tensor<R>;
};

/** The kernel, composed of what every backend has. */
export const composedFixedLinear: KernelForm<'SteadyFixedLinear'> = (
  { x, weight, bias },
  { activation, transposed },
) => [
  byRows(x, (rows) => {
    const product: tf.Tensor2D = transposed ? matMulTransposeB(rows, weight) : tf.matMul(rows, weight);
    const sum = bias ? tf.add<tf.Tensor2D>(product, bias) : product;
    if (activation === 'none') return sum;
    return activation === 'relu' ? tf.relu(sum) : gelu(sum);
  }),
];
