import type * as tf from '@tensorflow/tfjs';
import type { Activation } from '../backend/kernels';
import { checkInteger } from '../checks/errors';
import { linear } from '../ops/linear';
import type { RandomStream } from '../random/random';
import { Module, matrixParameter, type Parameter, vectorParameter } from '../state/module';
import { xavierUniform } from './initializers';

export interface LinearSizes {
  readonly inputs: number;
  readonly outputs: number;
}

export interface LinearLayerOptions {
  /** Default true. */
  readonly bias?: boolean;
  /** Factor on the deviation of the initial weights. Default 1. */
  readonly gain?: number | undefined;
  /** Initial weights [inputs, outputs] in place of Xavier-uniform ones. */
  readonly weights?: Float32Array;
}

/** y = act(x W + b); W [inputs, outputs] Xavier-uniform, b zero. */
export class Linear extends Module {
  readonly weight: Parameter<tf.Rank.R2>;
  readonly bias?: Parameter<tf.Rank.R1>;

  constructor(sizes: LinearSizes, options: LinearLayerOptions, random: RandomStream) {
    super();
    const inputs = checkInteger('Linear inputs', sizes?.inputs);
    const outputs = checkInteger('Linear outputs', sizes.outputs);
    const values =
      options.weights ??
      xavierUniform(random.fork('weight'), inputs * outputs, inputs, outputs, options.gain);
    this.weight = matrixParameter(values, inputs, outputs);
    if (options.bias ?? true) this.bias = vectorParameter(new Float32Array(outputs));
  }

  /** x [..., inputs]: [..., outputs] */
  call<R extends tf.Rank>(x: tf.Tensor<R>, activation: Activation = 'none'): tf.Tensor<R> {
    return linear(x, this.weight.value, { ...(this.bias ? { bias: this.bias.value } : {}), activation });
  }
}
