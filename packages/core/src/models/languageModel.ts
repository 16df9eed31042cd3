import * as tf from '@tensorflow/tfjs';
import { checkFlag, checkOneOf, checkOptions } from '../checks/errors';
import { whole } from '../checks/fields';
import { type Context, scope } from '../context/context';
import { TokenEmbedding } from '../layers/tokenEmbedding';
import { randomStream } from '../random/random';
import type { ResidualMethod } from '../residual/residual';
import type { Stack } from '../residual/stack';
import type { StochasticDepth } from '../residual/stochasticDepth';
import { Module, undoing } from '../state/module';
import type { BlockEntries } from './blockConfig';
import { ENCODER_BLOCK } from './blocks';
import {
  checkModel,
  modelOptions,
  type SharedConfig,
  type SharedOptions,
  type StackConfig,
  sharedConfig,
  stackConfig,
} from './modelConfig';
import {
  buildEmbedding,
  buildStack,
  checkOwn,
  type FromConfigOptions,
  ownMethods,
  realTokens,
} from './modelParts';
import type { Stacked } from './stacked';

/** A decoder-only model as JSON. */
export interface LanguageModelConfig extends SharedConfig {
  readonly kind: 'languageModel';
  readonly vocabulary: number;
  readonly decoder: StackConfig;
  /** Whether input and output projection share one table. */
  readonly tiedEmbeddings: boolean;
}

export interface LanguageModelOptions extends SharedOptions {
  readonly vocabulary: number;
  /** The id of pads, which stand at the right of a sentence. Default 1. */
  readonly padId?: number;
  /** Blocks: N = 2 depth residual branches. */
  readonly depth: number;
  readonly method: ResidualMethod;
  /** Sub-layers of every block. Default: causal self-attention and feed-forward. */
  readonly block?: BlockEntries;
  /** Branches skipped at random in training. Default none. */
  readonly stochasticDepth?: StochasticDepth;
  /** Default true. */
  readonly tiedEmbeddings?: boolean;
}

const parts = () => ({
  fields: {
    kind: (what: string, value: 'languageModel') => checkOneOf(what, value, ['languageModel']),
    vocabulary: whole(),
    tiedEmbeddings: checkFlag,
  },
  stacks: { decoder: ENCODER_BLOCK },
});

/** The full config of the options; throws on unknown or impossible ones. */
export const languageModelConfig = (options: LanguageModelOptions): LanguageModelConfig => {
  checkOptions(options, modelOptions(), 'LanguageModel');
  const { vocabulary, padId = 1, tiedEmbeddings = true } = options;
  const config: LanguageModelConfig = {
    kind: 'languageModel',
    vocabulary,
    ...sharedConfig({ ...options, padId }, 'LanguageModel'),
    decoder: stackConfig(options, 'decoder'),
    tiedEmbeddings,
  };
  checkModel(config, parts(), 'LanguageModel');
  return config;
};

/** A decoder-only Transformer: causal self-attention and feed-forward, with any residual method. */
export class LanguageModel extends Module implements Stacked<tf.Tensor2D> {
  readonly config: LanguageModelConfig;
  readonly embedding: TokenEmbedding;
  /** The output projection's table; the same as the input's where they are tied. */
  readonly outputEmbedding: TokenEmbedding;
  readonly decoder: Stack;

  constructor(config: LanguageModelConfig, own: FromConfigOptions = {}) {
    super();
    checkModel(config, parts(), 'config');
    checkOwn(own);
    this.config = config;
    const undo = undoing();
    const { vocabulary, width, padId, decoder } = config;
    const random = randomStream(own.seed ?? 1);
    const depths = { encoder: 0, decoder: decoder.depth };
    const build = { shared: config, depths, random, own };
    try {
      this.embedding = buildEmbedding(vocabulary, 'decoder', decoder, {
        ...build,
        random: random.fork('embedding'),
      });
      this.outputEmbedding = config.tiedEmbeddings
        ? this.embedding
        : new TokenEmbedding({ vocabulary, width, padId }, random.fork('outputEmbedding'));
      this.decoder = buildStack('decoder', decoder, ENCODER_BLOCK, build);
    } catch (error) {
      throw undo(error);
    }
  }

  /** ids [B, T] int32: the stack's output [B, T, D]. With a cache, ids are only the new positions. */
  decode(ids: tf.Tensor2D, context: Context = {}): tf.Tensor3D {
    return tf.tidy(() => {
      const { cache } = context;
      const x = this.embedding.call(ids, scope(context, 'embedding'), cache?.length ?? 0);
      const output = this.decoder.call(x, scope(context, 'decoder'));
      if (cache) cache.length += ids.shape[1];
      return output;
    });
  }

  /** Logits of outputs: [..., D] to [..., V]. */
  logits<R extends tf.Rank>(hidden: tf.Tensor<R>): tf.Tensor<R> {
    return this.outputEmbedding.logits(hidden);
  }

  /** ids [B, T] int32: logits of what follows each, [B, T, V] */
  call(ids: tf.Tensor2D, context: Context = {}): tf.Tensor3D {
    return tf.tidy(() => this.logits(this.decode(ids, context)));
  }

  /** 1 at real tokens, 0 at pads: [B, T]. */
  tokenMasks(ids: tf.Tensor2D): Readonly<Record<string, tf.Tensor2D>> {
    return { decoder: realTokens(ids, this.config.padId) };
  }

  stacks(): Readonly<Record<string, Stack>> {
    return { decoder: this.decoder };
  }
}

/** A language model from options, its weights drawn from `seed` (default 1). */
export const languageModel = (
  options: LanguageModelOptions,
  seed = 1,
  modules: NonNullable<FromConfigOptions['modules']> = {},
): LanguageModel =>
  new LanguageModel(languageModelConfig(options), { seed, modules, methods: ownMethods([options.method]) });
