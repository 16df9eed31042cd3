import {
  lossAndGradient,
  type NamedParameter,
  type Probe,
  type Stacked,
  unflatten,
} from '@steadyformer/core';
import * as tf from '@tensorflow/tfjs';
import type { Loss } from './loss';
import { measuredSite, type ResidualSite } from './residuals';

/** The loss of a batch in a call without dropout, through the residuals that are measured. */
export const quietLoss = <Batch>(
  batch: Batch,
  sites: ReadonlyMap<string, ResidualSite>,
  loss: Loss<Batch>,
  where: string,
): (() => tf.Scalar) => {
  const probe: Probe = { join: (event) => void measuredSite(sites, event, `${where} loss`) };
  return () => loss(batch, { training: false, probe });
};

/**
 * The loss's gradients by the names of the variables, dropout off; zero where it does not depend on one. What a model makes
 * again in its backward pass is not held, as in training. The caller disposes them.
 */
export const lossGradients = <Batch>(
  model: Stacked<Batch>,
  batch: Batch,
  sites: ReadonlyMap<string, ResidualSite>,
  select: (named: NamedParameter) => boolean,
  loss: Loss<Batch>,
  where: string,
): tf.NamedTensorMap => {
  const selected = model.parameters().filter(select);
  return tf.tidy(() => {
    const { gradient } = lossAndGradient(selected, quietLoss(batch, sites, loss, where));
    const shapes = selected.map(({ parameter }) => parameter.shape);
    const parts = unflatten(gradient, shapes);
    return Object.fromEntries(selected.map(({ parameter }, i) => [parameter.variable.name, parts[i]!]));
  });
};
