import {
  type Context,
  checkOptions,
  encoderBlock,
  Module,
  padMask,
  type ResidualMethod,
  randomStream,
  Stack,
  type Stacked,
  scope,
  TokenEmbedding,
} from '@steadyformer/core';
import * as tf from '@tensorflow/tfjs';

export interface EncoderModelOptions {
  readonly vocabulary: number;
  readonly method: ResidualMethod;
  /** Blocks: N = 2 depth residual branches. */
  readonly depth: number;
  readonly width: number;
  /** Default 4. */
  readonly heads?: number;
  /** d_ff. Default 4 * width. */
  readonly feedForward?: number;
  /** Default 1. */
  readonly padId?: number;
  /** Of the initial weights. Default 1. */
  readonly seed?: number;
}

const KEYS: readonly (keyof EncoderModelOptions)[] = [
  'vocabulary',
  'method',
  'depth',
  'width',
  'heads',
  'feedForward',
  'padId',
  'seed',
];

/**
 * Embedding and encoder alone, the subject of the paper's analysis: token ids [B, T] to outputs [B, T, D]. Its
 * weights are those of a Transformer's encoder, without dropout.
 */
export class EncoderModel extends Module implements Stacked<tf.Tensor2D> {
  readonly embedding: TokenEmbedding;
  readonly encoder: Stack;
  private readonly padId: number;

  constructor(options: EncoderModelOptions) {
    super();
    checkOptions(options, KEYS, 'EncoderModel');
    const { vocabulary, method, depth, width, heads = 4, padId = 1, seed = 1 } = options;
    const random = randomStream(seed);
    this.padId = padId;
    this.embedding = new TokenEmbedding({ vocabulary, width, padId }, random.fork('embedding'));
    const block = encoderBlock({ width, heads, feedForward: options.feedForward ?? 4 * width });
    this.encoder = new Stack({ name: 'encoder', width, depth, block, method }, random.fork('encoder'));
  }

  stacks(): Readonly<Record<string, Stack>> {
    return { encoder: this.encoder };
  }

  /** ids [B, T] int32: [B, T, D] */
  call(ids: tf.Tensor2D, context: Context = {}): tf.Tensor3D {
    return tf.tidy(() => {
      const x = this.embedding.call(ids, scope(context, 'embedding'));
      return this.encoder.call(x, { ...scope(context, 'encoder'), mask: padMask(ids, this.padId) });
    });
  }

  tokenMasks(ids: tf.Tensor2D): Readonly<Record<string, tf.Tensor2D>> {
    return { encoder: tf.tidy(() => tf.cast(tf.notEqual<tf.Tensor2D>(ids, this.padId), 'float32')) };
  }

  /** Logits of outputs against the embedding's table: [B, T, D] to [B, T, V]. */
  logits<R extends tf.Rank>(outputs: tf.Tensor<R>): tf.Tensor<R> {
    return this.embedding.logits(outputs);
  }
}
