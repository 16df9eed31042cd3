import type * as tf from '@tensorflow/tfjs';
import { givenParameter, Module, type Parameter } from '../state/module';
import type { StreamTensors, StreamWeights, StreamWeightsFactory } from './plan';

/**
 * A trained sum of the streams, read by the branch and carried on as the first of them: a, and the first row of B, are one
 * and the same numbers.
 */
export const trainedMix = (values: readonly number[]): StreamWeightsFactory => ({
  name: 'one trained sum',
  make: () => new TrainedMix(values),
});

class TrainedMix extends Module implements StreamWeights {
  /** [n] */
  readonly mix: Parameter<tf.Rank.R1>;

  constructor(values: readonly number[]) {
    super();
    this.mix = givenParameter(values);
  }

  call(): StreamTensors {
    const mix = this.mix.value;
    return { read: mix, carry: [mix] };
  }
}
