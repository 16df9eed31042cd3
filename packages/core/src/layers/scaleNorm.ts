import type * as tf from '@tensorflow/tfjs';
import { checkInteger } from '../checks/errors';
import { scaleNorm } from '../ops/scaleNorm';
import { constantParameter, Module, type Parameter } from '../state/module';

/** Length normalisation with one trained gain, sqrt(D) at the start (Nguyen and Salazar 2019). */
export class ScaleNorm extends Module {
  /** [1] */
  readonly gain: Parameter<tf.Rank.R1>;

  constructor(
    width: number,
    readonly epsilon: number = 1e-5,
  ) {
    super();
    checkInteger('ScaleNorm width', width);
    this.gain = constantParameter([1], Math.sqrt(width));
  }

  /** x [..., D]: the same shape. */
  call<R extends tf.Rank>(x: tf.Tensor<R>): tf.Tensor<R> {
    return scaleNorm(x, this.gain.value, this.epsilon);
  }
}
