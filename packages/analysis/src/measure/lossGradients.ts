import type { NamedParameter, Probe, Stacked } from '@steadyformer/core';
import * as tf from '@tensorflow/tfjs';
import type { Loss } from './loss';
import { measuredSite, type ResidualSite } from './residuals';

/** The loss's gradients by the names of the variables, dropout off. The caller disposes them. */
export const lossGradients = <Batch>(
  model: Stacked<Batch>,
  batch: Batch,
  sites: ReadonlyMap<string, ResidualSite>,
  select: (named: NamedParameter) => boolean,
  loss: Loss<Batch>,
  where: string,
): tf.NamedTensorMap => {
  const variables = model
    .parameters()
    .filter(select)
    .map(({ parameter }) => parameter.variable);
  const probe: Probe = {
    join: (event) => {
      measuredSite(sites, event, `${where} loss`);
    },
  };
  const { value, grads } = tf.variableGrads(() => loss(batch, { training: false, probe }), variables);
  value.dispose();
  return grads;
};
