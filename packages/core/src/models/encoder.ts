import type * as tf from '@tensorflow/tfjs';
import * as v from 'valibot';
import { checkOptions, SteadyformerError } from '../checks/errors';
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
import { encoderParts, type ModelParts, modelParts } from './parts';
import { type SharedConfig, type StackConfig, sharedEntries, stackEntries } from './schema';
import type { Stacked } from './stacked';

/** An encoder-only model as JSON. */
export interface EncoderConfig extends SharedConfig {
  readonly kind: 'encoder';
  /** Absent: no embedding; the model takes streams [B, T, D] alone. */
  readonly vocabulary?: number;
  readonly encoder: StackConfig;
  /** Whether `logits` uses the embedding's table. Absent: it does. */
  readonly tiedEmbeddings?: boolean;
}

/** Options of `encoder`. */
export interface EncoderOptions extends SharedOptions {
  /** Absent: no embedding; the model takes streams [B, T, D] alone. */
  readonly vocabulary?: number;
  /** The id of pads, which nothing attends to. Default 1. */
  readonly padId?: number;
  /** Blocks: N = 2 depth residual branches. */
  readonly depth: number;
  readonly method: ResidualMethod;
  /** Sub-layers of every block. Default: self-attention and feed-forward. */
  readonly block?: BlockEntries;
  /** Branches skipped at random in training. Default none. */
  readonly stochasticDepth?: StochasticDepth;
  /** Whether `logits` uses the embedding's table. Default true where there is a vocabulary. */
  readonly tiedEmbeddings?: boolean;
}

/** What an encoder is built with that its config does not hold. */
export interface EncoderBuildOptions extends BuildOptions {
  /** What the names in the config stand for. Default: self-attention and feed-forward, without positions of their own. */
  readonly parts?: ModelParts;
}

const entries = (): Entries<EncoderConfig> => ({
  kind: oneOf(['encoder']),
  vocabulary: v.optional(whole()),
  tiedEmbeddings: v.optional(flag()),
  ...sharedEntries(),
  encoder: fields(stackEntries('encoder')) as v.GenericSchema<StackConfig>,
});

/** One stack that sees all positions, of streams or with a table of tokens. */
const architectureOf = ({ vocabulary, encoder, tiedEmbeddings }: EncoderConfig): Architecture => {
  const stack = { ...encoder, causal: false, reads: [] };
  if (vocabulary === undefined) return { embeddings: {}, stacks: { encoder: stack } };
  const outputEmbedding = tiedEmbeddings === false ? { vocabulary } : 'embedding';
  return {
    embeddings: { embedding: { vocabulary }, outputEmbedding },
    stacks: { encoder: { ...stack, embedding: 'embedding' } },
    output: 'outputEmbedding',
  };
};

/** Throws on what is no config, naming the field, and on a model too large to build. */
export const checkEncoder = (config: EncoderConfig, where = 'config'): EncoderConfig => {
  parseAs(fields(entries()), config, where);
  checkBuildable(config, architectureOf(config), where);
  if (config.vocabulary !== undefined || config.tiedEmbeddings === undefined) return config;
  throw new SteadyformerError('Encoder: received tiedEmbeddings, but no vocabulary to embed; leave it out');
};

/** The full config of the options; throws on unknown or impossible ones. */
export const encoderConfig = (options: EncoderOptions): EncoderConfig => {
  checkOptions(options, modelOptions(), 'Encoder');
  const { vocabulary, padId = 1, tiedEmbeddings } = options;
  const config: EncoderConfig = {
    kind: 'encoder',
    ...(vocabulary === undefined ? {} : { vocabulary }),
    ...sharedConfig({ ...options, padId }, 'Encoder'),
    encoder: stackConfig(options, 'encoder'),
    ...(tiedEmbeddings === undefined ? {} : { tiedEmbeddings }),
  };
  return checkEncoder(config, 'Encoder');
};

/** An encoder-only Transformer with any residual method: ids [B, T] or a stream [B, T, D] to [B, T, D]. */
export class Encoder extends NamedStacks<EncoderConfig> implements Stacked<tf.Tensor2D | tf.Tensor3D> {
  declare readonly embedding?: TokenEmbedding;
  /** The table of `logits`; the same as the embedding's where they are tied. */
  declare readonly outputEmbedding?: TokenEmbedding;
  declare readonly encoder: Stack;

  /**
   * The config as `encoderConfig` or `fromConfig` has checked it, and the method of every stack. So that a page holds no
   * more than it needs, the constructor knows self-attention and feed-forward alone; with `parts: modelParts`, as
   * `encoder` and `fromConfig` call it, also the other names that a config may have.
   */
  constructor(config: EncoderConfig, methods: StackMethods, build: EncoderBuildOptions = {}) {
    super(config, architectureOf(config), methods, { parts: encoderParts, ...build });
  }

  /**
   * ids [B, T] int32 or a stream [B, T, D]: [B, T, D]. Pads among ids are masked, besides what the context's mask hides;
   * a stream's are where that mask says. Throws on ids where the model has no embedding.
   */
  call(batch: tf.Tensor2D | tf.Tensor3D, context: Context = {}): tf.Tensor3D {
    return this.run('encoder', batch, context);
  }

  /** 1 at real tokens, 0 at pads: [B, T]. None for a stream, all of which is real. */
  tokenMasks(batch: tf.Tensor2D | tf.Tensor3D): Readonly<Record<string, tf.Tensor2D>> {
    return this.realTokens({ encoder: batch });
  }
}

/** An encoder from options, its weights drawn from `seed` (default 1). */
export const encoder = (
  options: EncoderOptions,
  seed = 1,
  modules: NonNullable<BuildOptions['modules']> = {},
): Encoder =>
  new Encoder(encoderConfig(options), { encoder: options.method }, { seed, modules, parts: modelParts });
