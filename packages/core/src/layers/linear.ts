import type * as tf from '@tensorflow/tfjs';
import type { Activation } from '../backend/kernels';
import { checkInteger } from '../checks/errors';
import { linear, unreadLinear } from '../ops/linear';
import type { RandomStream } from '../random/random';
import type { Initial } from '../state/initial';
import { constantParameter, Module, matrixParameter, type Parameter } from '../state/module';
import { uniform, xavier } from './initializers';

export interface LinearSizes {
  readonly inputs: number;
  readonly outputs: number;
}

export interface LinearLayerOptions {
  /** Default true. */
  readonly bias?: boolean | undefined;
  /** Factor on the deviation of the initial weights. Default 1. */
  readonly gain?: number | undefined;
  /** Columns of each of the matrices that stand side by side, where there are several: their fan-out. */
  readonly fanOut?: number;
  /** Initial weights [inputs, outputs] in place of Xavier-uniform ones. */
  readonly weights?: Float32Array;
  /** How `weights` were drawn, for `summary()`. */
  readonly initial?: Initial;
}

let unread: Linear | undefined;

/** Runs f, for which nothing but the shape of what the layer gives is read: it need not be computed. */
export const withUnread = <T>(layer: Linear | undefined, f: () => T): T => {
  const outer = unread;
  unread = layer;
  try {
    return f();
  } finally {
    unread = outer;
  }
};

/** y = act(x W + b); W [inputs, outputs] Xavier-uniform, b zero. */
export class Linear extends Module {
  readonly weight: Parameter<tf.Rank.R2>;
  readonly bias?: Parameter<tf.Rank.R1>;

  constructor(sizes: LinearSizes, options: LinearLayerOptions, random: RandomStream) {
    super();
    const inputs = checkInteger('Linear inputs', sizes?.inputs);
    const outputs = checkInteger('Linear outputs', sizes.outputs);
    const { bias = true, gain, fanOut = outputs, weights } = options;
    const drawn = xavier(inputs, fanOut, gain);
    const values = weights ?? uniform(random.fork('weight'), inputs * outputs, drawn);
    this.weight = matrixParameter(values, inputs, outputs, weights ? options.initial : drawn);
    if (bias) this.bias = constantParameter([outputs], 0);
  }

  /** x [..., inputs]: [..., outputs] */
  call<R extends tf.Rank>(x: tf.Tensor<R>, activation: Activation = 'none'): tf.Tensor<R> {
    if (this === unread && activation === 'none') return unreadLinear(x, this.weight.value, this.bias?.value);
    return linear(x, this.weight.value, { ...(this.bias ? { bias: this.bias.value } : {}), activation });
  }
}
