import * as tf from '@tensorflow/tfjs';
import * as v from 'valibot';
import { check, checkOptions, checkRecord, isRecord } from '../checks/errors';
import { type Entries, fields, oneOf, parseAs, whole } from '../checks/schema';
import { checkIds } from '../checks/tensors';
import type { Context, StackMemory } from '../context/context';
import type { TokenEmbedding } from '../layers/tokenEmbedding';
import type { ResidualMethod } from '../residual/residual';
import type { Stack } from '../residual/stack';
import type { StochasticDepth } from '../residual/stochasticDepth';
import type { Architecture, BuildOptions, StackMethods } from './architecture';
import type { BlockEntries } from './blockConfig';
import { checkBuildable } from './build';
import { padMask } from './masks';
import { NamedStacks } from './namedStacks';
import { modelOptions, type SharedOptions, sharedConfig, stackConfig } from './options';
import { modelParts } from './parts';
import { type SharedConfig, type StackConfig, sharedEntries, stackEntries } from './schema';
import type { Stacked } from './stacked';

/**
 * Which of source input, target input and output projection share one table (Press & Wolf 2017): all three (true),
 * target input and output (fairseq's --share-decoder-input-output-embed: 'decoder'), or none (false).
 */
export type TiedEmbeddings = boolean | 'decoder';

/** An encoder-decoder Transformer as JSON. */
export interface TransformerConfig extends SharedConfig {
  /** Absent in files of earlier versions, which knew no other kind. */
  readonly kind?: 'transformer';
  /** Of the target, and of the source too where `sourceVocabulary` is absent. */
  readonly vocabulary: number;
  /** Of the source, where it has one of its own. */
  readonly sourceVocabulary?: number;
  readonly encoder: StackConfig;
  readonly decoder: StackConfig;
  readonly tiedEmbeddings: TiedEmbeddings;
}

/** Options of `transformer`. */
export interface TransformerOptions extends SharedOptions {
  /** Of the target, and of the source too where `sourceVocabulary` is not given. */
  readonly vocabulary: number;
  /** Of the source, where it has one of its own. Default: joint, `vocabulary`. */
  readonly sourceVocabulary?: number;
  /** The id of pads, in both vocabularies. */
  readonly padId: number;
  /** Blocks of encoder and decoder, or one number for both. */
  readonly depth: number | { readonly encoder: number; readonly decoder: number };
  /** One residual method, or one a stack (hybrid models). */
  readonly method: ResidualMethod | { readonly encoder: ResidualMethod; readonly decoder: ResidualMethod };
  /** Sub-layers of every block, by stack. Default: the usual two and three. */
  readonly block?: { readonly encoder?: BlockEntries; readonly decoder?: BlockEntries };
  /** Branches skipped at random in training, of both stacks or by stack. Default none. */
  readonly stochasticDepth?:
    | StochasticDepth
    | { readonly encoder?: StochasticDepth; readonly decoder?: StochasticDepth };
  /**
   * Default true, as in the authors' recipes (--share-all-embeddings); 'decoder' where the source has a vocabulary
   * of another size.
   */
  readonly tiedEmbeddings?: TiedEmbeddings;
}

const STACKS = ['encoder', 'decoder'] as const;

const entries = (): Entries<TransformerConfig> => ({
  kind: v.optional(oneOf(['transformer'])),
  vocabulary: whole(),
  sourceVocabulary: v.optional(whole()),
  tiedEmbeddings: oneOf([true, false, 'decoder']),
  ...sharedEntries(),
  encoder: fields(stackEntries('encoder')) as v.GenericSchema<StackConfig>,
  decoder: fields(stackEntries('decoder')) as v.GenericSchema<StackConfig>,
});

/** An encoder of the source, and a causal decoder of the target that reads it. */
const architectureOf = (config: TransformerConfig): Architecture => {
  const { vocabulary, sourceVocabulary = vocabulary, tiedEmbeddings, encoder, decoder } = config;
  return {
    embeddings: {
      sourceEmbedding: { vocabulary: sourceVocabulary },
      targetEmbedding: tiedEmbeddings === true ? 'sourceEmbedding' : { vocabulary },
      outputEmbedding: tiedEmbeddings ? 'targetEmbedding' : { vocabulary },
    },
    stacks: {
      encoder: { ...encoder, causal: false, reads: [], embedding: 'sourceEmbedding' },
      decoder: { ...decoder, causal: true, reads: ['encoder'], embedding: 'targetEmbedding' },
    },
    output: 'outputEmbedding',
  };
};

/** Throws on what is no config, naming the field, and where the tables that are to be one cannot be. */
export const checkTransformer = (config: TransformerConfig, where = 'config'): TransformerConfig => {
  parseAs(fields(entries()), config, where);
  checkBuildable(config, architectureOf(config), where);
  const { vocabulary, sourceVocabulary = vocabulary, tiedEmbeddings } = config;
  const sizes = `${sourceVocabulary} source and ${vocabulary} target tokens`;
  const possible = sourceVocabulary === vocabulary || tiedEmbeddings !== true;
  check(possible, 'tiedEmbeddings', tiedEmbeddings, `'decoder' or false with ${sizes}`);
  return config;
};

/** One for each stack: as given, or the same for both. */
const each = <T>(given: T | PerStack<T>, where: string, both: boolean): PerStack<T> => {
  if (both) return { encoder: given as T, decoder: given as T };
  checkOptions(given as object, STACKS, `Transformer ${where}`);
  return given as PerStack<T>;
};

/** Whether a value is one for each stack, in place of one for both. */
const byStack = (value: unknown): boolean => isRecord(value) && STACKS.some((stack) => stack in value);

interface PerStack<T> {
  readonly encoder: T;
  readonly decoder: T;
}

/** The full config of the options; throws on unknown or impossible ones. */
export const transformerConfig = (options: TransformerOptions): TransformerConfig => {
  checkOptions(options, ['sourceVocabulary', ...modelOptions()], 'Transformer');
  const { vocabulary, sourceVocabulary, depth, method, block = {}, stochasticDepth } = options;
  const { tiedEmbeddings = (sourceVocabulary ?? vocabulary) === vocabulary || 'decoder' } = options;
  const depths = each<number>(depth, 'depth', !isRecord(depth));
  const ofStack = each<ResidualMethod>(method, 'method', !byStack(method));
  checkOptions(block, STACKS, 'Transformer block');
  if (isRecord(stochasticDepth) && !('rate' in stochasticDepth)) {
    checkOptions(stochasticDepth, ['rate', 'rule', ...STACKS], 'Transformer stochasticDepth');
  }
  const skipping = each<StochasticDepth | undefined>(
    stochasticDepth as StochasticDepth,
    'stochasticDepth',
    !byStack(stochasticDepth),
  );
  const stack = (name: 'encoder' | 'decoder'): StackConfig =>
    stackConfig(
      { depth: depths[name], method: ofStack[name], block: block[name], stochasticDepth: skipping[name] },
      name,
    );
  const config: TransformerConfig = {
    kind: 'transformer',
    vocabulary,
    ...(sourceVocabulary === undefined ? {} : { sourceVocabulary }),
    ...sharedConfig(options, 'Transformer'),
    encoder: stack('encoder'),
    decoder: stack('decoder'),
    tiedEmbeddings,
  };
  return checkTransformer(config, 'Transformer');
};

/** A batch of an encoder-decoder, as ids. */
export interface ModelBatch {
  /** [B, S] int32, pads at the right. */
  readonly source: tf.Tensor2D;
  /** The decoder's input, [B, T] int32. */
  readonly target: tf.Tensor2D;
}

/** The encoder's output, [B, S, D], and which of it is real: [B, 1, 1, S]. */
export type Memory = Required<StackMemory>;

/** An encoder-decoder Transformer (Vaswani et al. 2017) with any residual method in either stack. */
export class Transformer extends NamedStacks<TransformerConfig> implements Stacked<ModelBatch> {
  declare readonly sourceEmbedding: TokenEmbedding;
  declare readonly targetEmbedding: TokenEmbedding;
  /** The output projection's table; the target's own where they are tied. */
  declare readonly outputEmbedding: TokenEmbedding;
  declare readonly encoder: Stack;
  declare readonly decoder: Stack;

  /** The config as `transformerConfig` or `fromConfig` has checked it, and the method of every stack. */
  constructor(config: TransformerConfig, methods: StackMethods, build: BuildOptions = {}) {
    super(config, architectureOf(config), methods, { ...build, parts: modelParts });
  }

  /** source [B, S] int32: the memory the decoder attends to. */
  encode(source: tf.Tensor2D, context: Context = {}): Memory {
    return tf.tidy(() => ({
      // Looks at the ids, which a device may no longer have at hand once an op has read them.
      memory: this.run('encoder', source, context),
      memoryMask: padMask(source, this.config.padId),
    }));
  }

  /** target [B, T] int32 and the memory: the decoder's output [B, T, D]. With a cache, only the new positions. */
  decode(target: tf.Tensor2D, memory: Memory, context: Context = {}): tf.Tensor3D {
    checkOptions(memory, ['memory', 'memoryMask'], 'memory of decode(), as encode() returns it');
    const output = this.run('decoder', target, { ...context, ...memory });
    if (context.cache) context.cache.length += target.shape[1];
    return output;
  }

  /** Teacher-forced logits, [B, T, V]. A mask in the context is the decoder's; `encode` takes one of its own. */
  call(batch: ModelBatch, context: Context = {}): tf.Tensor3D {
    const { source, target } = checkedBatch(batch);
    const { mask: _, ...ofSource } = context;
    return tf.tidy(() => this.logits(this.decode(target, this.encode(source, ofSource), context)));
  }

  /** 1 at real tokens, 0 at pads, for the tokens each stack sees: [B, S] and [B, T]. */
  tokenMasks(batch: ModelBatch): Readonly<Record<string, tf.Tensor2D>> {
    const { source, target } = checkedBatch(batch);
    return this.realTokens({ encoder: source, decoder: target });
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
  modules: NonNullable<BuildOptions['modules']> = {},
): Transformer => {
  const config = transformerConfig(options);
  const methods = each<ResidualMethod>(options.method, 'method', !byStack(options.method));
  return new Transformer(config, { ...methods }, { seed, modules });
};
