import { masked, type Probe, type Stacked } from '@steadyformer/core';
import * as tf from '@tensorflow/tfjs';
import { measuredSite, outputOf, type ResidualSite } from './residuals';
import { realTokens } from './tokens';

/** Activations by place: every block's stream [B, T, D] under its path, and the model's output. */
export type Activations = ReadonlyMap<string, tf.Tensor>;

/** The place of what the model's call returns. */
export const OUTPUT = 'output';

/** `encoder.layers.3` of `encoder.layers.3.feedForward`. */
const blockOf = (path: string): string => path.slice(0, path.lastIndexOf('.'));

/** What a model computes for a batch, dropout off, pads 0. The caller disposes it. */
export const activationsOf = async <Batch>(
  model: Stacked<Batch>,
  batch: Batch,
  sites: ReadonlyMap<string, ResidualSite>,
  where: string,
): Promise<Activations> => {
  const masks = await realTokens(where, model, batch);
  const found = new Map<string, tf.Tensor>();
  const keep = (place: string, x: tf.Tensor, mask: tf.Tensor2D | undefined): void => {
    const real = tf.tidy(() => (mask ? masked(x, tf.expandDims(mask, 2)) : tf.clone(x)));
    found.set(place, tf.keep(real));
  };
  const probe: Probe = {
    join: (event) => {
      const site = measuredSite(sites, event, where);
      if (!event.place.endsBlock) return;
      tf.tidy(() => keep(blockOf(event.path), outputOf(site, event), masks[site.stackPath]));
    },
  };
  try {
    tf.tidy(() => {
      const output = model.call(batch, { training: false, probe });
      // The output is that of the last stack.
      const mask = Object.values(masks).at(-1);
      const fits = mask && output.rank === 3 && mask.shape.every((size, i) => size === output.shape[i]);
      keep(OUTPUT, output, fits ? mask : undefined);
    });
    return found;
  } catch (error) {
    disposeAll(found);
    throw error;
  } finally {
    tf.dispose(masks);
  }
};

export const disposeAll = (activations: Activations): void => {
  tf.dispose([...activations.values()]);
};

/** Root mean squares by place: of the activations, and of what lies between them and others. */
export const sizesOf = async (
  activations: Activations,
  origin: Activations,
): Promise<ReadonlyMap<string, { readonly size: number; readonly change: number }>> => {
  const places = [...activations];
  const numbers = tf.tidy(() =>
    tf.stack(
      places.map(([place, x]) =>
        tf.stack([rootMeanSquare(x), rootMeanSquare(tf.sub(x, origin.get(place)!))]),
      ),
    ),
  );
  const values = await numbers.data();
  numbers.dispose();
  return new Map(
    places.map(([place], i) => [place, { size: values[2 * i]!, change: values[2 * i + 1]! }] as const),
  );
};

const rootMeanSquare = (x: tf.Tensor): tf.Tensor => tf.sqrt(tf.mean(tf.square(x)));
