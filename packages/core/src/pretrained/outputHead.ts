import * as tf from '@tensorflow/tfjs';
import { LayerNorm } from '../layers/layerNorm';
import { Linear } from '../layers/linear';
import { unembed } from '../ops/unembed';
import type { RandomStream } from '../random/random';
import { constantParameter, Module, type Parameter } from '../state/module';

/** What stands between the last sub-layer of a pretrained model and its logits. */
export interface OutputHeadOptions {
  readonly vocabulary: number;
  readonly width: number;
  /** The input's table, where they are one. */
  readonly tied?: Parameter<tf.Rank.R2> | undefined;
  /** Whether every token has a bias. Default false. */
  readonly bias?: boolean;
  /** BERT's map before the table: norm(act(x W + b)). Absent: none. */
  readonly transform?: {
    readonly activation: (x: tf.Tensor3D) => tf.Tensor3D;
    readonly epsilon: number;
  };
}

/** logits = x E^T + b, where there is a transform of norm(act(x W + c)) in place of x. */
export class OutputHead extends Module {
  /** [V, D] */
  readonly table: Parameter<tf.Rank.R2>;
  /** [V] */
  readonly bias?: Parameter<tf.Rank.R1>;
  readonly dense?: Linear;
  readonly norm?: LayerNorm;
  private readonly activation: (x: tf.Tensor3D) => tf.Tensor3D;

  constructor(options: OutputHeadOptions, random: RandomStream) {
    super();
    const { vocabulary, width, tied, bias = false, transform } = options;
    this.table = tied ?? constantParameter([vocabulary, width], 0);
    if (bias) this.bias = constantParameter([vocabulary], 0);
    this.activation = transform?.activation ?? ((x) => x);
    if (!transform) return;
    this.dense = new Linear({ inputs: width, outputs: width }, {}, random.fork('dense'));
    this.norm = new LayerNorm(width, transform.epsilon);
  }

  /** x [B, T, D]: [B, T, V] */
  call(x: tf.Tensor3D): tf.Tensor3D {
    return tf.tidy(() => {
      const read = this.dense && this.norm ? this.norm.call(this.activation(this.dense.call(x))) : x;
      const logits = unembed(read, this.table.value);
      return this.bias ? tf.add(logits, this.bias.value) : logits;
    });
  }
}
