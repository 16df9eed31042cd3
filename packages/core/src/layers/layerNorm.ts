import type * as tf from '@tensorflow/tfjs';
import { checkInteger } from '../checks/errors';
import { layerNorm, type NormWeights } from '../ops/layerNorm';
import { constantParameter, Module, type Parameter } from '../state/module';

/** Layer normalisation over the last axis (Ba et al. 2016); gain 1, bias 0, epsilon 1e-5 at the start. */
export class LayerNorm extends Module {
  readonly gain: Parameter<tf.Rank.R1>;
  readonly bias: Parameter<tf.Rank.R1>;

  constructor(
    width: number,
    /** May be set: a checkpoint's norms have its own. */
    public epsilon: number = 1e-5,
  ) {
    super();
    checkInteger('LayerNorm width', width);
    this.gain = constantParameter([width], 1);
    this.bias = constantParameter([width], 0);
  }

  get weights(): NormWeights {
    return { gain: this.gain.value, bias: this.bias.value, epsilon: this.epsilon };
  }

  /** x [..., D]: the same shape. */
  call<R extends tf.Rank>(x: tf.Tensor<R>): tf.Tensor<R> {
    return layerNorm(x, this.weights);
  }
}
