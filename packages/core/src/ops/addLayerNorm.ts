import * as tf from '@tensorflow/tfjs';
import { type KernelForm, kernelOr } from '../backend/kernels';
import { differentiable } from './differentiable';
import { composedLayerNorm, composedLayerNormGrad, type NormWeights } from './layerNorm';
import { byRows, flatten2d, sumRows } from './products';

/**
 * LN(omega * shortcut + branch): the join of a Post-LN residual (omega absent) or of Admin (Liu et al. 2020,
 * section 4), as one op with one set of saved tensors. shortcut, branch [B, T, D]; omega [D].
 */
export const addLayerNorm = (
  shortcut: tf.Tensor3D,
  branch: tf.Tensor3D,
  omega: tf.Tensor1D | undefined,
  weights: NormWeights,
): tf.Tensor3D => {
  const { gain, bias, epsilon } = weights;
  const forward = kernelOr('SteadyAddLayerNorm', composedAddLayerNorm);
  const backward = kernelOr('SteadyAddLayerNormGrad', composedAddLayerNormGrad);
  return byRows(shortcut, (skip) => {
    const change = flatten2d(branch);
    return differentiable<tf.Tensor2D>(
      [skip, change, gain, bias, ...(omega ? [omega] : [])],
      (save) => {
        const inputs = { shortcut: skip, branch: change, omega, gain, bias };
        const [out, normalised, inverseDeviation] = forward(inputs, { epsilon });
        save([normalised!, inverseDeviation!, gain, ...(omega ? [skip, omega] : [])]);
        return out as tf.Tensor2D;
      },
      (dy, saved) => {
        const [normalised, inverseDeviation, savedGain, savedSkip, savedOmega] = saved as [
          tf.Tensor2D,
          tf.Tensor2D,
          tf.Tensor1D,
          tf.Tensor2D?,
          tf.Tensor1D?,
        ];
        const [dBranch, dGain, dBias, dShortcut, dOmega] = backward(
          { dy, normalised, inverseDeviation, gain: savedGain, shortcut: savedSkip, omega: savedOmega },
          {},
        );
        return [dShortcut ?? tf.clone(dBranch!), dBranch!, dGain!, dBias!, ...(dOmega ? [dOmega] : [])];
      },
    );
  });
};

/** LN(omega shortcut + branch), each [M, D], omega [D] or 1: what LN gives of the sum. */
export const composedAddLayerNorm: KernelForm<'SteadyAddLayerNorm'> = (
  { shortcut, branch, omega, gain, bias },
  attrs,
) => {
  const x = tf.add<tf.Tensor2D>(omega ? tf.mul(shortcut, omega) : shortcut, branch);
  return composedLayerNorm({ x, gain, bias }, attrs);
};

/**
 * dBranch, dGain and dBias are LN's; with omega also dShortcut = omega dBranch and dOmega = sum_m dBranch shortcut:
 * [dBranch [M, D], dGain [D], dBias [D], dShortcut [M, D], dOmega [D]]
 */
export const composedAddLayerNormGrad: KernelForm<'SteadyAddLayerNormGrad'> = ({
  shortcut,
  omega,
  ...inputs
}) => {
  const [dBranch, ...dWeights] = composedLayerNormGrad(inputs, {});
  if (!shortcut || !omega) return [dBranch!, ...dWeights];
  return [dBranch!, ...dWeights, tf.mul(dBranch!, omega), sumRows(tf.mul(dBranch!, shortcut))];
};
