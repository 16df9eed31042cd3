import * as tf from '@tensorflow/tfjs';
import { can } from '../backend/capabilities';
import { hasKernel, runKernel } from '../backend/kernels';
import { check, SteadyformerError } from '../checks/errors';
import { checkTensor } from '../checks/tensors';
import { l2Norm } from '../ops/norm';
import { checkParameters, type NamedParameter } from '../state/module';
import { receiveGradients, recordedGradients, type ValueAndGradients } from './tape';

/** What `lossAndGradient` gives. The caller disposes both. */
export interface LossAndGradient {
  /** Scalar. */
  readonly loss: tf.Scalar;
  /** All parameters' gradients end to end, in the order given: [P]. Zero where the loss does not depend on one. */
  readonly gradient: tf.Tensor1D;
}

/**
 * The loss and its gradient over all parameters, flat. The caller disposes both.
 *
 * @throws SteadyformerError on what is no list of parameters, and on a loss that is no function
 */
export const lossAndGradient = (
  parameters: readonly NamedParameter[],
  loss: () => tf.Scalar,
): LossAndGradient => {
  checkLoss(parameters, loss);
  const variables = parameters.map(({ parameter }) => parameter.variable);
  return tf.tidy(() => {
    const { value, gradients } = recordedGradients(loss, variables) ?? tfjsGradients(loss, variables);
    return { loss: value, gradient: flatten(variables.map((v, i) => gradients[i] ?? tf.zerosLike(v))) };
  });
};

/** What is told of a backward pass while it goes on. */
export interface Progress {
  /** The number of a parameter whose gradient nothing is added to any more. Not of those that the loss does not depend on. */
  readonly done?: (parameter: number) => void;
  /** An op has been gone through. */
  readonly passed?: () => void;
}

/**
 * The loss, its gradient written to (or, where `add`, added to) tensors of the parameters' shapes whose memory is
 * the caller's: by the op itself where it can, else as soon as nothing can be added to it. Needs a backend with
 * SteadyCopy. The caller disposes the loss.
 */
export const lossAndGradientInto = (
  parameters: readonly NamedParameter[],
  loss: () => tf.Scalar,
  into: readonly tf.Tensor[],
  add = false,
  { done = () => {}, passed = () => {} }: Progress = {},
): tf.Scalar => {
  checkLoss(parameters, loss);
  const variables = parameters.map(({ parameter }) => parameter.variable);
  const missing = new Set(into.keys());
  const write = (i: number, own: tf.Tensor): void => {
    missing.delete(i);
    const destination = into[i]!;
    if (own === destination) return;
    if (add && hasKernel('SteadyAddInto')) runKernel('SteadyAddInto', { sum: destination, x: own }, {});
    else runKernel('SteadyCopy', { destination, source: add ? tf.add(destination, own) : own }, {});
    own.dispose();
  };
  const receive = (i: number, own: tf.Tensor): void => {
    write(i, own);
    done(i);
  };
  return tf.tidy(() => {
    const slot = (i: number): tf.Tensor | undefined => (add ? undefined : into[i]);
    const value =
      receiveGradients(loss, variables, { slot, receive, passed }) ?? receiveAll(loss, variables, receive);
    if (!add) for (const i of [...missing]) write(i, tf.zerosLike(into[i]!));
    return value;
  });
};

const receiveAll = (
  loss: () => tf.Scalar,
  variables: readonly tf.Variable[],
  receive: (variable: number, gradient: tf.Tensor) => void,
): tf.Scalar => {
  const { value, gradients } = tfjsGradients(loss, variables);
  for (const [i, gradient] of gradients.entries()) if (gradient) receive(i, gradient);
  return value;
};

const checkLoss = (parameters: readonly NamedParameter[], loss: () => tf.Scalar): void => {
  checkParameters('lossAndGradient()', parameters);
  check(typeof loss === 'function', 'lossAndGradient() loss', loss, 'a function that returns a scalar');
};

const tfjsGradients = (loss: () => tf.Scalar, variables: readonly tf.Variable[]): ValueAndGradients => {
  const { value, grads } = tf.variableGrads(loss, [...variables]);
  return { value, gradients: variables.map(({ name }) => grads[name]) };
};

/**
 * Tensors end to end, [sum of sizes].
 *
 * @throws SteadyformerError on what is no list of tensors, or an empty one
 */
export const flatten = (tensors: readonly tf.Tensor[]): tf.Tensor1D => {
  check(Array.isArray(tensors) && tensors.length > 0, 'flatten()', tensors, 'a list of tensors');
  return tf.tidy(() => tf.concat1d(tensors.map((t) => tf.reshape<tf.Rank.R1>(t, [-1]))));
};

/** The inverse of `flatten`: one tensor a shape. Throws where the sizes do not add up. */
export const unflatten = (flat: tf.Tensor1D, shapes: readonly (readonly number[])[]): tf.Tensor[] => {
  checkTensor('unflatten() flat', flat, '[numbers]');
  check(Array.isArray(shapes), 'unflatten() shapes', shapes, 'a list of shapes');
  const sizes = shapes.map((shape) => tf.util.sizeFromShape([...shape]));
  const total = sizes.reduce((sum, size) => sum + size, 0);
  if (total !== flat.size) {
    throw new SteadyformerError(`unflatten: ${flat.size} numbers received, the shapes hold ${total}`);
  }
  return tf.tidy(() => partsOf(flat, sizes).map((part, i) => tf.reshape(part, [...shapes[i]!])));
};

/** Stretches of a flat tensor. tfjs's wasm copies the whole of it for every stretch that it slices: there it is read once. */
const partsOf = (flat: tf.Tensor1D, sizes: readonly number[]): tf.Tensor[] => {
  if (!can('hostMemory') || can('adoptsMemory')) return tf.split(flat, [...sizes]);
  const values = flat.dataSync();
  let end = 0;
  return sizes.map((size) => {
    end += size;
    return tf.tensor1d(values.subarray(end - size, end), flat.dtype as 'float32');
  });
};

/**
 * The L2 norm of a flat gradient, a scalar tensor.
 *
 * @throws SteadyformerError on what is no [P] tensor
 */
export const globalNorm = (gradient: tf.Tensor1D): tf.Scalar => {
  checkTensor('globalNorm() gradient', gradient, '[numbers]');
  return l2Norm(gradient);
};

/** The factor that brings a gradient of this norm within `limit` (PyTorch's clip_grad_norm_); 1 without a limit. */
export const clipFactor = (norm: number, limit: number | undefined): number =>
  limit === undefined || limit <= 0 ? 1 : Math.min(1, limit / (norm + 1e-6));
