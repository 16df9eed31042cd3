import * as tf from '@tensorflow/tfjs';
import { type BlockOptions, decoderBlock, encoderBlock } from './blocks';
import { type Context, scope } from './context';
import { TokenEmbedding } from './layers/tokenEmbedding';
import { Module } from './module';
import { MASKED } from './ops/attention';
import { randomStream } from './random';
import { type MethodFactory, methodFrom } from './residual/methods';
import type { StackName } from './residual/place';
import { Stack } from './stack';
import {
  checkConfig,
  type TransformerConfig,
  type TransformerOptions,
  transformerConfig,
} from './transformerConfig';

export interface ModelBatch {
  /** [B, S] int32, pads at the right. */
  readonly source: tf.Tensor2D;
  /** The decoder's input, [B, T] int32. */
  readonly target: tf.Tensor2D;
}

export interface Memory {
  /** The encoder's output, [B, S, D]. */
  readonly memory: tf.Tensor3D;
  /** [B, 1, 1, S]: 0 at real tokens, very negative at pads. */
  readonly memoryMask: tf.Tensor4D;
}

export interface FromConfigOptions {
  /** Seed of the initial weights. Default 1. */
  readonly seed?: number;
  /** The user's own residual methods, by the name the config uses. */
  readonly methods?: Readonly<Record<string, MethodFactory>>;
}

/** An encoder-decoder Transformer (Vaswani et al. 2017) with any residual method in either stack. */
export class Transformer extends Module {
  readonly config: TransformerConfig;
  readonly sourceEmbedding: TokenEmbedding;
  readonly targetEmbedding: TokenEmbedding;
  /** The output projection's table; the same as the embeddings' where they are tied. */
  readonly outputEmbedding: TokenEmbedding;
  readonly encoder: Stack;
  readonly decoder: Stack;

  constructor(config: TransformerConfig, { seed = 1, methods = {} }: FromConfigOptions = {}) {
    super();
    checkConfig(config);
    this.config = config;
    const { vocabulary, width, padId, positions, tiedEmbeddings } = config;
    const random = randomStream(seed);
    const dropout = config.dropout.residual;
    const input = { vocabulary, width, padId, dropout, positions };
    const depths = { encoder: config.encoder.depth, decoder: config.decoder.depth };
    const method = {
      encoder: methodFrom(config.encoder.method, methods),
      decoder: methodFrom(config.decoder.method, methods),
    };
    const embedding = (name: string, stack: StackName): TokenEmbedding => {
      const gain = method[stack].embeddingGain?.({ stack, depths }) ?? 1;
      return new TokenEmbedding({ ...input, gain }, random.fork(name));
    };
    this.sourceEmbedding = embedding('sourceEmbedding', 'encoder');
    this.targetEmbedding = tiedEmbeddings ? this.sourceEmbedding : embedding('targetEmbedding', 'decoder');
    this.outputEmbedding = tiedEmbeddings
      ? this.sourceEmbedding
      : new TokenEmbedding({ vocabulary, width, padId }, random.fork('outputEmbedding'));
    const block: BlockOptions = {
      width,
      heads: config.heads,
      feedForward: config.feedForward,
      activation: config.activation,
      attentionDropout: config.dropout.attention,
      activationDropout: config.dropout.activation,
    };
    const stack = (name: 'encoder' | 'decoder', specs: ReturnType<typeof encoderBlock>): Stack =>
      new Stack(
        {
          name,
          width,
          depth: depths[name],
          depths,
          block: specs,
          method: method[name],
          dropout: config.dropout.residual,
        },
        random.fork(name),
      );
    this.encoder = stack('encoder', encoderBlock(block));
    this.decoder = stack('decoder', decoderBlock(block));
  }

  /** source [B, S] int32: the memory the decoder attends to. */
  encode(source: tf.Tensor2D, context: Context = {}): Memory {
    return tf.tidy(() => {
      const memoryMask = padMask(source, this.config.padId);
      const x = this.sourceEmbedding.call(source, scope(context, 'sourceEmbedding'));
      const encoderContext = { ...scope(context, 'encoder'), mask: memoryMask };
      return { memory: this.encoder.call(x, encoderContext), memoryMask };
    });
  }

  /** target [B, T] int32 and the memory: the decoder's output [B, T, D]. With a cache, only the new positions. */
  decode(target: tf.Tensor2D, memory: Memory, context: Context = {}): tf.Tensor3D {
    return tf.tidy(() => {
      const { cache } = context;
      const x = this.targetEmbedding.call(target, scope(context, 'targetEmbedding'), cache?.length ?? 0);
      const output = this.decoder.call(x, { ...scope(context, 'decoder'), ...memory });
      if (cache) cache.length += target.shape[1];
      return output;
    });
  }

  /** Logits of decoder outputs: [..., D] to [..., V]. */
  logits<R extends tf.Rank>(hidden: tf.Tensor<R>): tf.Tensor<R> {
    return this.outputEmbedding.logits(hidden);
  }

  /** Teacher-forced logits, [B, T, V]. */
  call({ source, target }: ModelBatch, context: Context = {}): tf.Tensor3D {
    return tf.tidy(() => this.logits(this.decode(target, this.encode(source, context), context)));
  }

  /** 1 at real tokens, 0 at pads, for the tokens each stack sees: [B, S] and [B, T]. */
  tokenMasks({ source, target }: ModelBatch): Readonly<Record<string, tf.Tensor2D>> {
    const real = (ids: tf.Tensor2D): tf.Tensor2D =>
      tf.tidy(() => tf.cast(tf.notEqual<tf.Tensor2D>(ids, this.config.padId), 'float32'));
    return { encoder: real(source), decoder: real(target) };
  }

  /** The stacks that hold residual sub-layers, by their path. */
  stacks(): Readonly<Record<string, Stack>> {
    return { encoder: this.encoder, decoder: this.decoder };
  }
}

/** A Transformer from options, its weights drawn from `seed` (default 1). */
export const transformer = (options: TransformerOptions, seed = 1): Transformer =>
  new Transformer(transformerConfig(options), {
    seed,
    methods: Object.fromEntries(
      ('plan' in options.method ? [options.method] : Object.values(options.method)).map((method) => [
        method.name,
        () => method,
      ]),
    ),
  });

/** 0 at real tokens, very negative at pads: [B, 1, 1, S]. */
export const padMask = (ids: tf.Tensor2D, padId: number): tf.Tensor4D =>
  tf.tidy(() => {
    const pads = tf.cast(tf.equal(ids, padId), 'float32');
    return tf.reshape(tf.mul(pads, MASKED), [ids.shape[0], 1, 1, ids.shape[1]]);
  });
