import type * as tf from '@tensorflow/tfjs';
import { checkInteger } from '../checks/errors';
import { rmsNorm } from '../ops/rmsNorm';
import { constantParameter, Module, type Parameter } from '../state/module';

/** Root-mean-square normalisation (Zhang and Sennrich 2019); gain 1, epsilon 1e-6 at the start, no bias. */
export class RmsNorm extends Module {
  /** [D] */
  readonly gain: Parameter<tf.Rank.R1>;

  constructor(
    width: number,
    /** May be set: a checkpoint's norms have its own. */
    public epsilon: number = 1e-6,
  ) {
    super();
    checkInteger('RmsNorm width', width);
    this.gain = constantParameter([width], 1);
  }

  /** x [..., D]: the same shape. */
  call<R extends tf.Rank>(x: tf.Tensor<R>): tf.Tensor<R> {
    return rmsNorm(x, this.gain.value, this.epsilon);
  }
}
