import { masked, type Probe, type Stacked } from '@steadyformer/core';
import * as tf from '@tensorflow/tfjs';
import { measuredSite, outputOf, type ResidualSite } from './residuals';

/** Outputs [B, T, D] by path, pads 0. */
export type Outputs = Map<string, tf.Tensor3D>;

/** What is looked at. */
export interface Watched {
  /** Paths of sub-layers. */
  readonly wanted: ReadonlySet<string>;
  readonly masks: Readonly<Record<string, tf.Tensor2D>>;
  /** Of the stream behind one, such as `perToken`. */
  readonly f: (x: tf.Tensor3D) => tf.Tensor3D;
}

/** The outputs of one pass, dropout off. The caller disposes them. */
export const outputsOf = <Batch>(
  model: Stacked<Batch>,
  batch: Batch,
  sites: ReadonlyMap<string, ResidualSite>,
  { wanted, masks, f }: Watched,
  where: string,
): Outputs => {
  const found: Outputs = new Map();
  const probe: Probe = {
    join: (event) => {
      const site = measuredSite(sites, event, where);
      if (!wanted.has(event.path)) return;
      const mask = masks[site.stackPath];
      const normed = tf.tidy(() => {
        const output = f(outputOf(site, event));
        return mask ? masked(output, tf.expandDims(mask, 2)) : output;
      });
      found.set(event.path, tf.keep(normed));
    },
  };
  try {
    tf.tidy(() => {
      model.call(batch, { training: false, probe });
    });
    return found;
  } catch (error) {
    tf.dispose([...found.values()]);
    throw error;
  }
};
