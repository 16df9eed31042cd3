import * as tf from '@tensorflow/tfjs';
import { Linear } from '../layers/linear';
import type { RandomStream } from '../random/random';
import { Module } from '../state/module';

/** Options of `MappedFeedForward`. */
export interface MappedFeedForwardOptions {
  readonly width: number;
  readonly hidden: number;
  /** From the inner map's output to the hidden layer: [B, T, inner] to [B, T, F]. */
  readonly activation: (x: tf.Tensor3D) => tf.Tensor3D;
  /** Columns of the inner map, as many as a gate takes. Default `hidden`. */
  readonly inner?: number;
  readonly bias: boolean;
}

/** f(x) = act(x W_1 [+ b_1]) W_2 [+ b_2] for what core's `FeedForward` has not: any activation, maps without biases. */
export class MappedFeedForward extends Module {
  readonly inner: Linear;
  readonly outer: Linear;
  private readonly activation: (x: tf.Tensor3D) => tf.Tensor3D;

  constructor(options: MappedFeedForwardOptions, random: RandomStream) {
    super();
    const { width, hidden, activation, inner = hidden, bias } = options;
    this.activation = activation;
    this.inner = new Linear({ inputs: width, outputs: inner }, { bias }, random.fork('inner'));
    this.outer = new Linear({ inputs: hidden, outputs: width }, { bias }, random.fork('outer'));
  }

  inputProjections(): readonly Linear[] {
    return [this.inner];
  }

  /** x [B, T, D]: [B, T, D] */
  call(x: tf.Tensor3D): tf.Tensor3D {
    return tf.tidy(() => this.outer.call(this.activation(this.inner.call(x))));
  }
}
