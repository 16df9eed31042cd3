import * as tf from '@tensorflow/tfjs';
import { hasKernel, runKernel } from '../backend/kernels';
import { differentiable } from './differentiable';
import { type NormWeights, normalise, normGradients } from './layerNorm';
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
): tf.Tensor3D =>
  byRows(shortcut, (skip) => {
    const { gain, bias, epsilon } = weights;
    const change = flatten2d(branch);
    return differentiable<tf.Tensor2D>(
      [skip, change, gain, bias, ...(omega ? [omega] : [])],
      (save) => {
        const [out, normalised, inverseDeviation] = hasKernel('SteadyAddLayerNorm')
          ? runKernel(
              'SteadyAddLayerNorm',
              { shortcut: skip, branch: change, gain, bias, omega },
              { epsilon },
            )
          : normalise(tf.add(omega ? tf.mul(skip, omega) : skip, change), weights);
        save([normalised!, inverseDeviation!, gain, ...(omega ? [skip, omega] : [])]);
        return out as tf.Tensor2D;
      },
      joinGradients,
    );
  });

/** [dShortcut, dBranch, dGain, dBias, dOmega?] */
const joinGradients = (dy: tf.Tensor2D, saved: tf.Tensor[]): tf.Tensor[] => {
  const [normalised, inverseDeviation, gain, shortcut, omega] = saved as [
    tf.Tensor2D,
    tf.Tensor2D,
    tf.Tensor1D,
    tf.Tensor2D?,
    tf.Tensor1D?,
  ];
  if (hasKernel('SteadyAddLayerNormGrad')) {
    const [dBranch, dGain, dBias, dShortcut, dOmega] = runKernel(
      'SteadyAddLayerNormGrad',
      { dy, normalised, inverseDeviation, gain, shortcut, omega },
      {},
    );
    return [dShortcut ?? tf.clone(dBranch!), dBranch!, dGain!, dBias!, ...(dOmega ? [dOmega] : [])];
  }
  const [dBranch, dGain, dBias] = normGradients(dy, normalised, inverseDeviation, gain);
  if (!shortcut || !omega) return [tf.clone(dBranch!), dBranch!, dGain!, dBias!];
  return [tf.mul(dBranch!, omega), dBranch!, dGain!, dBias!, sumRows(tf.mul(dBranch!, shortcut))];
};
