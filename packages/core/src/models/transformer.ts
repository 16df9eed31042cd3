import * as tf from '@tensorflow/tfjs';
import { checkOptions, checkRecord } from '../checks/errors';
import { checkIds } from '../checks/tensors';
import { type Context, scope } from '../context/context';
import { TokenEmbedding } from '../layers/tokenEmbedding';
import { randomStream } from '../random/random';
import type { StackName } from '../residual/place';
import type { Stack } from '../residual/stack';
import { Module, undoing } from '../state/module';
import { DECODER_BLOCK, ENCODER_BLOCK } from './blocks';
import {
  buildEmbedding,
  buildStack,
  checkOwn,
  type FromConfigOptions,
  ownMethods,
  padMask,
  realTokens,
} from './modelParts';
import {
  checkConfig,
  methodsOf,
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

/** An encoder-decoder Transformer (Vaswani et al. 2017) with any residual method in either stack. */
export class Transformer extends Module {
  readonly config: TransformerConfig;
  readonly sourceEmbedding: TokenEmbedding;
  readonly targetEmbedding: TokenEmbedding;
  /** The output projection's table; the target's own where they are tied. */
  readonly outputEmbedding: TokenEmbedding;
  readonly encoder: Stack;
  readonly decoder: Stack;

  constructor(config: TransformerConfig, own: FromConfigOptions = {}) {
    super();
    checkConfig(config);
    checkOwn(own);
    this.config = config;
    const undo = undoing();
    const { vocabulary, sourceVocabulary = vocabulary, width, padId, tiedEmbeddings } = config;
    const random = randomStream(own.seed ?? 1);
    const depths = { encoder: config.encoder.depth, decoder: config.decoder.depth };
    const build = { shared: config, depths, random, own };
    const embedding = (name: string, tokens: number, stack: StackName): TokenEmbedding =>
      buildEmbedding(tokens, stack, config[stack], { ...build, random: random.fork(name) });
    try {
      this.sourceEmbedding = embedding('sourceEmbedding', sourceVocabulary, 'encoder');
      this.targetEmbedding =
        tiedEmbeddings === true ? this.sourceEmbedding : embedding('targetEmbedding', vocabulary, 'decoder');
      this.outputEmbedding = tiedEmbeddings
        ? this.targetEmbedding
        : new TokenEmbedding({ vocabulary, width, padId }, random.fork('outputEmbedding'));
      this.encoder = buildStack('encoder', config.encoder, ENCODER_BLOCK, build);
      this.decoder = buildStack('decoder', config.decoder, DECODER_BLOCK, build);
    } catch (error) {
      throw undo(error);
    }
  }

  /** source [B, S] int32: the memory the decoder attends to. */
  encode(source: tf.Tensor2D, context: Context = {}): Memory {
    return tf.tidy(() => {
      // Looks at the ids, which a device may no longer have at hand once an op has read them.
      const x = this.sourceEmbedding.call(source, scope(context, 'sourceEmbedding'));
      const memoryMask = padMask(source, this.config.padId);
      const encoderContext = { ...scope(context, 'encoder'), mask: memoryMask };
      return { memory: this.encoder.call(x, encoderContext), memoryMask };
    });
  }

  /** target [B, T] int32 and the memory: the decoder's output [B, T, D]. With a cache, only the new positions. */
  decode(target: tf.Tensor2D, memory: Memory, context: Context = {}): tf.Tensor3D {
    checkOptions(memory, ['memory', 'memoryMask'], 'memory of decode(), as encode() returns it');
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
  call(batch: ModelBatch, context: Context = {}): tf.Tensor3D {
    const { source, target } = checkedBatch(batch);
    return tf.tidy(() => this.logits(this.decode(target, this.encode(source, context), context)));
  }

  /** 1 at real tokens, 0 at pads, for the tokens each stack sees: [B, S] and [B, T]. */
  tokenMasks(batch: ModelBatch): Readonly<Record<string, tf.Tensor2D>> {
    const { source, target } = checkedBatch(batch);
    const { padId } = this.config;
    return { encoder: realTokens(source, padId), decoder: realTokens(target, padId) };
  }

  /** The stacks that hold residual sub-layers, by their path. */
  stacks(): Readonly<Record<string, Stack>> {
    return { encoder: this.encoder, decoder: this.decoder };
  }
}

const checkedBatch = (batch: ModelBatch): ModelBatch => {
  checkRecord('batch of a Transformer', batch, '{ source, target }, int32 tensors [batch, tokens]');
  checkIds('batch.source', batch.source);
  checkIds('batch.target', batch.target);
  return batch;
};

/** A Transformer from options, its weights drawn from `seed` (default 1). */
export const transformer = (
  options: TransformerOptions,
  seed = 1,
  modules: NonNullable<FromConfigOptions['modules']> = {},
): Transformer =>
  new Transformer(transformerConfig(options), { seed, modules, methods: ownMethods(methodsOf(options)) });
