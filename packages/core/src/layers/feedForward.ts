import * as tf from '@tensorflow/tfjs';
import type { Context } from '../context';
import { checkOneOf, checkRate } from '../errors';
import { Module } from '../module';
import { dropoutIn } from '../ops/dropout';
import type { RandomStream } from '../random';
import type { InitGains, NormKind } from '../residual/residual';
import { Linear } from './linear';
import { type Norm, normOf } from './norm';

export interface FeedForwardOptions {
  readonly width: number;
  /** Width of the hidden layer, d_ff. */
  readonly hidden: number;
  /** Default 'relu'. */
  readonly activation?: 'relu' | 'gelu';
  /** Dropout of the hidden activations ("relu dropout"). Default 0. */
  readonly dropout?: number;
  readonly gains?: InitGains;
  /** A norm of the hidden activations, after their dropout (NormFormer, Sub-LN). Default none. */
  readonly innerNorm?: NormKind;
}

/** f(x) = act(x W_1 + b_1) W_2 + b_2 (Vaswani et al. 2017, eq. 2). Roles for gains: inner, outer. */
export class FeedForward extends Module {
  readonly inner: Linear;
  readonly outer: Linear;
  readonly innerNorm?: Norm;
  private readonly activation: 'relu' | 'gelu';
  private readonly dropout: number;

  constructor(options: FeedForwardOptions, random: RandomStream) {
    super();
    const { width, hidden, activation = 'relu', dropout = 0, gains = {} } = options;
    this.activation = checkOneOf('feed-forward activation', activation, ['relu', 'gelu']);
    this.dropout = checkRate('feed-forward dropout', dropout);
    this.inner = new Linear(
      { inputs: width, outputs: hidden },
      { gain: gains.inner ?? 1 },
      random.fork('inner'),
    );
    this.outer = new Linear(
      { inputs: hidden, outputs: width },
      { gain: gains.outer ?? 1 },
      random.fork('outer'),
    );
    if (options.innerNorm) this.innerNorm = normOf(options.innerNorm, hidden);
  }

  inputProjections(): readonly Linear[] {
    return [this.inner];
  }

  /** x [B, T, D]: [B, T, D] */
  call(x: tf.Tensor3D, context: Context): tf.Tensor3D {
    return tf.tidy(() => {
      const hidden = this.inner.call(x, this.activation); // [B, T, d_ff]
      const dropped = dropoutIn(context, 'hidden', hidden, this.dropout);
      return this.outer.call(this.innerNorm ? this.innerNorm.call(dropped) : dropped);
    });
  }
}
