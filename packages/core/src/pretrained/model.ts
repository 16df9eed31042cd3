import * as tf from '@tensorflow/tfjs';
import { checkRecord, SteadyformerError } from '../checks/errors';
import { checkIds } from '../checks/tensors';
import { type Context, scope } from '../context/context';
import { joinedMask, padMask, realTokens } from '../models/masks';
import type { Stacked } from '../models/stacked';
import type { ModelBatch } from '../models/transformer';
import type { Stack } from '../residual/stack';
import { Module } from '../state/module';
import type { InputEmbedding } from './inputEmbedding';
import type { OutputHead } from './outputHead';

/** The architectures that are read. */
export type PretrainedKind = 'gpt2' | 'bert' | 'llama' | 'marian';

/** What a pretrained model is, as JSON: read off its `config.json`. */
export interface PretrainedConfig {
  readonly kind: 'pretrained';
  readonly architecture: PretrainedKind;
  /** Which of core's kinds of model it is like: what goes in, and whether it sees what comes after a token. */
  readonly form: 'encoder' | 'languageModel' | 'transformer';
  readonly width: number;
  readonly heads: number;
  readonly keyValueHeads: number;
  readonly feedForward: number;
  /** By its name in `config.json`. */
  readonly activation: string;
  readonly normEpsilon: number;
  /** Blocks of every stack, by its name. */
  readonly depth: Readonly<Record<string, number>>;
  /** Ids of the input, and of the target where it has its own. */
  readonly vocabulary: number;
  readonly targetVocabulary?: number;
  /** Absent: the model knows no pads. */
  readonly padId?: number;
  /** Tokens of the longest sentence. Absent: no table says so. */
  readonly length?: number;
}

/** Ids [B, T] int32 and, of a model with token types, the type of each: [B, T] int32. */
export interface TypedIds {
  readonly ids: tf.Tensor2D;
  readonly types: tf.Tensor2D;
}

/** What enters a pretrained model: ids [B, T] int32, those with types, or pairs of sentences for an encoder-decoder. */
export type PretrainedBatch = tf.Tensor2D | TypedIds | ModelBatch;

/** The modules of a pretrained model. Stacks are called as `config.depth` names them. */
export interface PretrainedParts {
  readonly embedding: InputEmbedding;
  readonly targetEmbedding?: InputEmbedding | undefined;
  readonly encoder?: Stack | undefined;
  readonly decoder?: Stack | undefined;
  readonly head?: OutputHead | undefined;
}

/**
 * A model whose weights were trained elsewhere, in stacks of residual sub-layers: whatever measures, predicts or trains a
 * model of core's takes it. Its dropout is off.
 */
export class PretrainedModel extends Module implements Stacked<PretrainedBatch> {
  readonly embedding: InputEmbedding;
  readonly targetEmbedding?: InputEmbedding | undefined;
  readonly encoder?: Stack | undefined;
  readonly decoder?: Stack | undefined;
  /** Absent where the checkpoint holds none: the output is what leaves the last stack. */
  readonly head?: OutputHead | undefined;

  constructor(
    readonly config: PretrainedConfig,
    { embedding, targetEmbedding, encoder, decoder, head }: PretrainedParts,
  ) {
    super();
    this.embedding = embedding;
    this.targetEmbedding = targetEmbedding;
    this.encoder = encoder;
    this.decoder = decoder;
    this.head = head;
  }

  stacks(): Readonly<Record<string, Stack>> {
    const { encoder, decoder } = this;
    return { ...(encoder ? { encoder } : {}), ...(decoder ? { decoder } : {}) };
  }

  /** Logits [B, T, V] of the token itself (encoder) or of the next one; without a head what leaves the stack, [B, T, D]. */
  call(batch: PretrainedBatch, context: Context = {}): tf.Tensor3D {
    return tf.tidy(() => {
      const output = this.last(batch, context);
      return this.head?.call(output) ?? output;
    });
  }

  /** 1 at real tokens, 0 at pads, for the tokens each stack sees. Of a model that knows no pads all are real. */
  tokenMasks(batch: PretrainedBatch): Readonly<Record<string, tf.Tensor2D>> {
    const { form, padId } = this.config;
    const real = (ids: tf.Tensor2D): tf.Tensor2D =>
      padId === undefined ? tf.ones(ids.shape) : realTokens(ids, padId);
    if (form !== 'transformer') {
      return { [form === 'encoder' ? 'encoder' : 'decoder']: real(idsOf(batch).ids) };
    }
    const { source, target } = pairOf(batch);
    return { encoder: real(source), decoder: real(target) };
  }

  /** What leaves the last stack: [B, T, D] */
  private last(batch: PretrainedBatch, context: Context): tf.Tensor3D {
    const { form } = this.config;
    if (form === 'encoder') return this.encode(idsOf(batch), context);
    if (form === 'languageModel') return this.decode(this.embedding, idsOf(batch).ids, context);
    const { source, target } = pairOf(batch);
    const { mask: _, ...ofSource } = context;
    const memory = this.encode({ ids: source }, ofSource);
    const memoryMask = this.mask(source);
    const read = { ...context, memory, ...(memoryMask ? { memoryMask } : {}) };
    return this.decode(this.targetEmbedding ?? this.embedding, target, read);
  }

  private encode({ ids, types }: { ids: tf.Tensor2D; types?: tf.Tensor2D }, context: Context): tf.Tensor3D {
    const within = scope(context, 'encoder');
    const mask = joinedMask(within.mask, this.mask(ids), 'encoder');
    const x = this.embedding.call(ids, 0, types);
    return this.encoder!.call(x, mask ? { ...within, mask } : within);
  }

  private decode(embedding: InputEmbedding, ids: tf.Tensor2D, context: Context): tf.Tensor3D {
    const { cache } = context;
    const output = this.decoder!.call(embedding.call(ids, cache?.length ?? 0), scope(context, 'decoder'));
    if (cache) cache.length += ids.shape[1];
    return output;
  }

  private mask(ids: tf.Tensor2D): tf.Tensor4D | undefined {
    const { padId } = this.config;
    return padId === undefined ? undefined : padMask(ids, padId);
  }
}

const idsOf = (batch: PretrainedBatch): { readonly ids: tf.Tensor2D; readonly types?: tf.Tensor2D } => {
  const given = batch instanceof tf.Tensor ? { ids: batch } : batch;
  if ('ids' in Object(given)) return given as TypedIds;
  throw new SteadyformerError(
    'batch of a pretrained model: received no ids; give an int32 tensor [batch, tokens], or { ids, types }',
  );
};

const pairOf = (batch: PretrainedBatch): ModelBatch => {
  const allowed = '{ source, target }, int32 tensors [batch, tokens]';
  checkRecord('batch of a pretrained encoder-decoder', batch, allowed);
  const { source, target } = batch as ModelBatch;
  checkIds('batch.source', source);
  checkIds('batch.target', target);
  return { source, target };
};
