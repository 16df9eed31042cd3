import * as tf from '@tensorflow/tfjs';
import { checkInteger, checkOneOf, checkRate } from '../checks/errors';
import { type Context, within } from '../context/context';
import { dropoutIn } from '../context/dropout';
import { type Gate, gated, swish } from '../ops/gated';
import type { RandomStream } from '../random/random';
import { Module } from '../state/module';
import type { InitGains } from './initializers';
import { Linear } from './linear';
import { type Norm, type NormSpec, normOf } from './norm';

/** The hidden layer's non-linearity. */
export type FeedForwardActivation = 'relu' | 'gelu' | 'swish' | 'glu' | 'reglu' | 'geglu' | 'swiglu';

/** The gated ones, whose inner map has a column for the gate and one for the value of every hidden unit. */
const GATES: Readonly<Partial<Record<FeedForwardActivation, Gate>>> = {
  glu: 'sigmoid',
  reglu: 'relu',
  geglu: 'gelu',
  swiglu: 'swish',
};

export const checkActivation = (activation: FeedForwardActivation): FeedForwardActivation =>
  checkOneOf('feed-forward activation', activation, [
    'relu',
    'gelu',
    'swish',
    ...(Object.keys(GATES) as FeedForwardActivation[]),
  ]);

/** Options of `FeedForward`. */
export interface FeedForwardOptions {
  readonly width: number;
  /** Width of the hidden layer, d_ff. */
  readonly hidden: number;
  /** Default 'relu'. */
  readonly activation?: FeedForwardActivation | undefined;
  /** Dropout of the hidden activations ("relu dropout"). Default 0. */
  readonly dropout?: number | undefined;
  readonly gains?: InitGains | undefined;
  /** A norm of the hidden activations, after their dropout (NormFormer, Sub-LN). Default none. */
  readonly innerNorm?: NormSpec;
}

/**
 * f(x) = act(x W_1 + b_1) W_2 + b_2 (Vaswani et al. 2017, eq. 2), or with a gate, (act(x W + b) (.) (x V + c)) W_2 + b_2
 * (Shazeer 2020, eq. 6), W and V side by side in `inner`. Roles for gains: inner, outer.
 */
export class FeedForward extends Module {
  readonly form = 'feedForward';
  readonly inner: Linear;
  readonly outer: Linear;
  readonly innerNorm?: Norm | undefined;
  /** What the norm was made from, by which theory follows it. */
  readonly normSpecs: { readonly innerNorm?: NormSpec | undefined };
  readonly activation: FeedForwardActivation;
  private readonly dropout: number;

  constructor(options: FeedForwardOptions, random: RandomStream) {
    super();
    const { width, hidden, activation = 'relu', dropout = 0, gains = {} } = options ?? {};
    this.activation = checkActivation(activation);
    this.dropout = checkRate('feed-forward dropout', dropout);
    // W and V start as the two matrices they are.
    checkInteger('feed-forward width', width);
    const outputs = checkInteger('feed-forward hidden', hidden) * (GATES[this.activation] ? 2 : 1);
    const inner = { gain: gains.inner, fanOut: hidden };
    this.inner = new Linear({ inputs: width, outputs }, inner, random.fork('inner'));
    this.outer = new Linear({ inputs: hidden, outputs: width }, { gain: gains.outer }, random.fork('outer'));
    this.normSpecs = { innerNorm: options.innerNorm };
    this.innerNorm = options.innerNorm && normOf(options.innerNorm, hidden);
  }

  inputProjections(): readonly Linear[] {
    return [this.inner];
  }

  lastMap(): Linear {
    return this.outer;
  }

  /** x [B, T, D]: [B, T, D] */
  call(x: tf.Tensor3D, context: Context = {}): tf.Tensor3D {
    return tf.tidy(() => {
      const hidden = this.hidden(x); // [B, T, F]
      const dropped = dropoutIn(within(context, this), 'hidden', hidden, this.dropout);
      return this.outer.call(this.innerNorm?.call(dropped) ?? dropped);
    });
  }

  private hidden(x: tf.Tensor3D): tf.Tensor3D {
    if (this.activation === 'relu' || this.activation === 'gelu') return this.inner.call(x, this.activation);
    const gate = GATES[this.activation];
    return gate ? gated(this.inner.call(x), gate) : swish(this.inner.call(x));
  }
}
