import * as tf from '@tensorflow/tfjs';
import { type Norm, normOf } from '../layers/norm';
import { Module } from '../state/module';
import { checkLeave } from './checkPlan';
import type { Leave, StreamLeave, StreamLeaving, StreamSite, StreamWeights, Weight } from './plan';
import { entriesOf, weightedSum } from './weights';

/**
 * A way for the streams behind a stack's last sub-layer to become one: hand it over by the `leave` of a method.
 *
 * @throws SteadyformerError on options that it does not know, and on other values of them
 */
export const leaving = (plan: StreamLeave): StreamLeaving => {
  checkLeave(plan);
  return { ...plan, make: (site) => new PlannedLeave(plan, site) };
};

/** The weights of n streams that leave. */
export const leaveWeights = (read: StreamLeave['read'], n: number): readonly number[] =>
  Array.from({ length: n }, (_, j) => (read === 'first' ? Number(j === 0) : read === 'sum' ? 1 : 1 / n));

class PlannedLeave extends Module implements Leave {
  readonly norms: readonly (Norm | undefined)[];
  readonly weights?: StreamWeights;
  private readonly read: StreamLeave['read'];

  constructor(
    { read, norms, weights }: StreamLeave,
    { width, streams, random }: StreamSite & { readonly streams: number },
  ) {
    super();
    this.read = read;
    this.norms = norms?.map((norm) => norm && normOf(norm, width)) ?? [];
    if (weights) this.weights = weights.make({ width, streams, random: random.fork('weights') });
  }

  weigh(streams: readonly tf.Tensor3D[]): readonly Weight[] {
    const read = this.weights?.call(streams).read;
    return read ? entriesOf(read) : leaveWeights(this.read, streams.length);
  }

  call(streams: readonly tf.Tensor3D[]): tf.Tensor3D {
    return tf.tidy(() => {
      const normed = streams.map((stream, j) => this.norms[j]?.call(stream) ?? stream);
      return weightedSum(normed, this.weigh(streams));
    });
  }
}
