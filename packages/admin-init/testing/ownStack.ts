import {
  admin,
  type Branch,
  type Context,
  FeedForward,
  Module,
  type ResidualMethod,
  randomStream,
  Stack,
  type Stacked,
  scope,
  subLayer,
} from '@steadyformer/core';
import type * as tf from '@tensorflow/tfjs';

export interface OwnSizes {
  readonly width: number;
  readonly hidden: number;
  readonly depth?: number;
  readonly seed?: number;
  readonly dropout?: number;
  readonly method?: ResidualMethod;
  /** One instance of the branch for all blocks, given here. Default: one each. */
  readonly branch?: Branch;
}

/** A model that core has never heard of: one stack of feed-forward branches on a stream that is given. */
export class FeedForwardOnly extends Module implements Stacked<tf.Tensor3D> {
  readonly body: Stack;

  constructor({ width, hidden, depth = 1, seed = 1, dropout = 0, method = admin(), branch }: OwnSizes) {
    super();
    const feedForward = subLayer(
      'feedForward',
      ({ random }) => branch ?? new FeedForward({ width, hidden, dropout }, random),
    );
    const options = { name: 'encoder' as const, width, depth, dropout, block: [feedForward], method };
    this.body = new Stack(options, randomStream(seed));
  }

  stacks(): Record<string, Stack> {
    return { body: this.body };
  }

  call(x: tf.Tensor3D, context: Context = {}): tf.Tensor3D {
    return this.body.call(x, scope(context, 'body'));
  }
}
