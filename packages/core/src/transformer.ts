import * as tf from '@tensorflow/tfjs';
import { type BlockOptions, decoderBlock, encoderBlock } from './blocks';
import { type Context, scope } from './context';
import { checkInteger, checkOptions, checkRate } from './errors';
import { TokenEmbedding } from './layers/tokenEmbedding';
import { Module } from './module';
import { MASKED } from './ops/attention';
import { randomStream } from './random';
import { type MethodConfig, type MethodFactory, methodFrom } from './residual/methods';
import type { ResidualMethod } from './residual/residual';
import { Stack } from './stack';

export interface DropoutRates {
  /** Of embeddings and of every branch's output. */
  readonly residual: number;
  /** Of the attention probabilities. */
  readonly attention: number;
  /** Of the feed-forward's hidden activations. */
  readonly activation: number;
}

/** An encoder-decoder Transformer as JSON. */
export interface TransformerConfig {
  /** Joint vocabulary: the three embedding tables are one (--share-all-embeddings in the authors' recipes). */
  readonly vocabulary: number;
  readonly padId: number;
  readonly width: number;
  readonly heads: number;
  readonly feedForward: number;
  readonly encoder: { readonly depth: number; readonly method: MethodConfig };
  readonly decoder: { readonly depth: number; readonly method: MethodConfig };
  readonly activation: 'relu' | 'gelu';
  readonly dropout: DropoutRates;
  /** Three tables, as folding omega away needs: source and target input apart from the output projection. */
  readonly tiedEmbeddings: boolean;
}

export interface TransformerOptions {
  readonly vocabulary: number;
  readonly padId: number;
  readonly width: number;
  readonly heads: number;
  /** Default 4 * width. */
  readonly feedForward?: number;
  /** Blocks of encoder and decoder, or one number for both. */
  readonly depth: number | { readonly encoder: number; readonly decoder: number };
  /** One residual method, or one a stack (hybrid models). */
  readonly method: ResidualMethod | { readonly encoder: ResidualMethod; readonly decoder: ResidualMethod };
  /** Default 'relu'. */
  readonly activation?: 'relu' | 'gelu';
  /** Default 0 each. */
  readonly dropout?: Partial<DropoutRates>;
  /** Default true. */
  readonly tiedEmbeddings?: boolean;
}

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

const OPTION_KEYS = [
  'vocabulary',
  'padId',
  'width',
  'heads',
  'feedForward',
  'depth',
  'method',
  'activation',
  'dropout',
  'tiedEmbeddings',
] as const;

const describe = (method: ResidualMethod): MethodConfig => ({ name: method.name, options: method.options });

/** The full config of the options; throws on unknown or impossible ones. */
export const transformerConfig = (options: TransformerOptions): TransformerConfig => {
  checkOptions(options, OPTION_KEYS, 'Transformer');
  const { width, depth, method, dropout = {} } = options;
  const depths = typeof depth === 'number' ? { encoder: depth, decoder: depth } : depth;
  const ofStack = 'plan' in method ? { encoder: method, decoder: method } : method;
  checkOptions(dropout, ['residual', 'attention', 'activation'], 'Transformer dropout');
  for (const [name, rate] of Object.entries(dropout)) checkRate(`Transformer dropout.${name}`, rate);
  return {
    vocabulary: checkInteger('Transformer vocabulary', options.vocabulary),
    padId: checkInteger('Transformer padId', options.padId, 0),
    width: checkInteger('Transformer width', width),
    heads: checkInteger('Transformer heads', options.heads),
    feedForward: checkInteger('Transformer feedForward', options.feedForward ?? 4 * width),
    encoder: { depth: depths.encoder, method: describe(ofStack.encoder) },
    decoder: { depth: depths.decoder, method: describe(ofStack.decoder) },
    activation: options.activation ?? 'relu',
    dropout: { residual: 0, attention: 0, activation: 0, ...dropout },
    tiedEmbeddings: options.tiedEmbeddings ?? true,
  };
};

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
    this.config = config;
    const { vocabulary, width, padId } = config;
    const random = randomStream(seed);
    const table = (name: string): TokenEmbedding =>
      new TokenEmbedding(
        { vocabulary, width, padId, dropout: config.dropout.residual },
        random.fork(config.tiedEmbeddings ? 'embedding' : name),
      );
    this.sourceEmbedding = table('sourceEmbedding');
    this.targetEmbedding = config.tiedEmbeddings ? this.sourceEmbedding : table('targetEmbedding');
    this.outputEmbedding = config.tiedEmbeddings ? this.sourceEmbedding : table('outputEmbedding');
    const block: BlockOptions = {
      width,
      heads: config.heads,
      feedForward: config.feedForward,
      activation: config.activation,
      attentionDropout: config.dropout.attention,
      activationDropout: config.dropout.activation,
    };
    const depths = { encoder: config.encoder.depth, decoder: config.decoder.depth };
    const stack = (name: 'encoder' | 'decoder', specs: ReturnType<typeof encoderBlock>): Stack =>
      new Stack(
        {
          name,
          width,
          depth: depths[name],
          depths,
          block: specs,
          method: methodFrom(config[name].method, methods),
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
