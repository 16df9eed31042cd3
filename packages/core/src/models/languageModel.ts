import * as tf from '@tensorflow/tfjs';
import type * as v from 'valibot';
import { checkOptions } from '../checks/errors';
import { type Entries, fields, flag, oneOf, parseAs, whole } from '../checks/schema';
import type { Context } from '../context/context';
import type { TokenEmbedding } from '../layers/tokenEmbedding';
import type { ResidualMethod } from '../residual/residual';
import type { Stack } from '../residual/stack';
import type { StochasticDepth } from '../residual/stochasticDepth';
import type { Architecture, BuildOptions, StackMethods } from './architecture';
import type { BlockEntries } from './blockConfig';
import { checkBuildable } from './build';
import { NamedStacks } from './namedStacks';
import { modelOptions, type SharedOptions, sharedConfig, stackConfig } from './options';
import { modelParts } from './parts';
import { type SharedConfig, type StackConfig, sharedEntries, stackEntries } from './schema';
import type { Stacked } from './stacked';

/** A decoder-only model as JSON. */
export interface LanguageModelConfig extends SharedConfig {
  readonly kind: 'languageModel';
  readonly vocabulary: number;
  readonly decoder: StackConfig;
  /** Whether input and output projection share one table. */
  readonly tiedEmbeddings: boolean;
}

/** Options of `languageModel`. */
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

const entries = (): Entries<LanguageModelConfig> => ({
  kind: oneOf(['languageModel']),
  vocabulary: whole(),
  tiedEmbeddings: flag(),
  ...sharedEntries(),
  decoder: fields(stackEntries('decoder')) as v.GenericSchema<StackConfig>,
});

/** One causal stack, whose output projection is its own table or another. */
const architectureOf = ({ vocabulary, decoder, tiedEmbeddings }: LanguageModelConfig): Architecture => ({
  embeddings: {
    embedding: { vocabulary },
    outputEmbedding: tiedEmbeddings ? 'embedding' : { vocabulary },
  },
  stacks: { decoder: { ...decoder, causal: true, reads: [], embedding: 'embedding' } },
  output: 'outputEmbedding',
});

/** Throws on what is no config, naming the field, and on a model too large to build. */
export const checkLanguageModel = (config: LanguageModelConfig, where = 'config'): LanguageModelConfig => {
  parseAs(fields(entries()), config, where);
  checkBuildable(config, architectureOf(config), where);
  return config;
};

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
  return checkLanguageModel(config, 'LanguageModel');
};

/** A decoder-only Transformer: causal self-attention and feed-forward, with any residual method. */
export class LanguageModel extends NamedStacks<LanguageModelConfig> implements Stacked<tf.Tensor2D> {
  declare readonly embedding: TokenEmbedding;
  /** The output projection's table; the same as the input's where they are tied. */
  declare readonly outputEmbedding: TokenEmbedding;
  declare readonly decoder: Stack;

  /** The config as `languageModelConfig` or `fromConfig` has checked it, and the method of every stack. */
  constructor(config: LanguageModelConfig, methods: StackMethods, build: BuildOptions = {}) {
    super(config, architectureOf(config), methods, { ...build, parts: modelParts });
  }

  /** ids [B, T] int32: the stack's output [B, T, D]. With a cache, ids are only the new positions. */
  decode(ids: tf.Tensor2D, context: Context = {}): tf.Tensor3D {
    const output = this.run('decoder', ids, context);
    if (context.cache) context.cache.length += ids.shape[1];
    return output;
  }

  /** ids [B, T] int32: logits of what follows each, [B, T, V] */
  call(ids: tf.Tensor2D, context: Context = {}): tf.Tensor3D {
    return tf.tidy(() => this.logits(this.decode(ids, context)));
  }

  /** 1 at real tokens, 0 at pads: [B, T]. */
  tokenMasks(ids: tf.Tensor2D): Readonly<Record<string, tf.Tensor2D>> {
    return this.realTokens({ decoder: ids });
  }
}

/** A language model from options, its weights drawn from `seed` (default 1). */
export const languageModel = (
  options: LanguageModelOptions,
  seed = 1,
  modules: NonNullable<BuildOptions['modules']> = {},
): LanguageModel =>
  new LanguageModel(languageModelConfig(options), { decoder: options.method }, { seed, modules });
