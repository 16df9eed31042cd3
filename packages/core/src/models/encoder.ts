import * as tf from '@tensorflow/tfjs';
import { checkFlag, checkOneOf, checkOptions, SteadyformerError } from '../checks/errors';
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
  padMask,
  realTokens,
} from './modelParts';
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

const parts = () => ({
  fields: {
    kind: (what: string, value: 'encoder') => checkOneOf(what, value, ['encoder']),
    'vocabulary?': whole(),
    'tiedEmbeddings?': checkFlag,
  },
  stacks: { encoder: ENCODER_BLOCK },
});

/** Throws on what is no config, naming the field. */
const checkConfig = (config: EncoderConfig, where = 'config'): void => {
  checkModel(config, parts(), where);
  if (config.vocabulary !== undefined || config.tiedEmbeddings === undefined) return;
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
  checkConfig(config, 'Encoder');
  return config;
};

/** An encoder-only Transformer with any residual method: ids [B, T] or a stream [B, T, D] to [B, T, D]. */
export class Encoder extends Module implements Stacked<tf.Tensor2D | tf.Tensor3D> {
  readonly config: EncoderConfig;
  readonly embedding?: TokenEmbedding;
  /** The table of `logits`; the same as the embedding's where they are tied. */
  readonly outputEmbedding?: TokenEmbedding;
  readonly encoder: Stack;

  constructor(config: EncoderConfig, own: FromConfigOptions = {}) {
    super();
    checkConfig(config);
    checkOwn(own);
    this.config = config;
    const undo = undoing();
    const random = randomStream(own.seed ?? 1);
    const depths = { encoder: config.encoder.depth, decoder: 0 };
    const build = { shared: config, depths, random, own };
    const { vocabulary, width, padId, tiedEmbeddings } = config;
    try {
      if (vocabulary !== undefined) {
        const forked = { ...build, random: random.fork('embedding') };
        this.embedding = buildEmbedding(vocabulary, 'encoder', config.encoder, forked);
        this.outputEmbedding =
          tiedEmbeddings === false
            ? new TokenEmbedding({ vocabulary, width, padId }, random.fork('outputEmbedding'))
            : this.embedding;
      }
      this.encoder = buildStack('encoder', config.encoder, ENCODER_BLOCK, build);
    } catch (error) {
      throw undo(error);
    }
  }

  /**
   * ids [B, T] int32 or a stream [B, T, D]: [B, T, D]. Pads among ids are masked; a stream's are where the
   * context's mask says. Throws on ids where the model has no embedding.
   */
  call(batch: tf.Tensor2D | tf.Tensor3D, context: Context = {}): tf.Tensor3D {
    return tf.tidy(() => {
      const stackContext = scope(context, 'encoder');
      if (batch?.rank === 3) return this.encoder.call(batch as tf.Tensor3D, stackContext);
      const ids = batch as tf.Tensor2D;
      const x = received('ids', this.embedding).call(ids, scope(context, 'embedding'));
      return this.encoder.call(x, { ...stackContext, mask: padMask(ids, this.config.padId) });
    });
  }

  /** Logits of outputs: [..., D] to [..., V]. Throws where the model has no embedding. */
  logits<R extends tf.Rank>(outputs: tf.Tensor<R>): tf.Tensor<R> {
    return received('logits', this.outputEmbedding).logits(outputs);
  }

  /** 1 at real tokens, 0 at pads: [B, T]. None for a stream, all of which is real. */
  tokenMasks(batch: tf.Tensor2D | tf.Tensor3D): Readonly<Record<string, tf.Tensor2D>> {
    return batch?.rank === 3 ? {} : { encoder: realTokens(batch as tf.Tensor2D, this.config.padId) };
  }

  stacks(): Readonly<Record<string, Stack>> {
    return { encoder: this.encoder };
  }
}

const received = (what: string, embedding: TokenEmbedding | undefined): TokenEmbedding => {
  if (embedding) return embedding;
  throw new SteadyformerError(
    `Encoder: received ${what}, but the model has no embedding; give a stream [B, T, D], or build it with a vocabulary`,
  );
};

/** An encoder from options, its weights drawn from `seed` (default 1). */
export const encoder = (
  options: EncoderOptions,
  seed = 1,
  modules: NonNullable<FromConfigOptions['modules']> = {},
): Encoder => new Encoder(encoderConfig(options), { seed, modules, methods: ownMethods([options.method]) });
