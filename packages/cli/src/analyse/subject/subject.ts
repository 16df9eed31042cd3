import { adminInit, needsProfile } from '@steadyformer/admin-init';
import { type Loss, zipfTokens } from '@steadyformer/analysis';
import {
  type Context,
  type Encoder,
  type FullConfig,
  fromConfig,
  type LanguageModel,
  type Model,
  type ModelBatch,
  type ModelConfig,
  randomStream,
  type Stacked,
  type StackInput,
  SteadyformerError,
  type Transformer,
} from '@steadyformer/core';
import type { PretrainedConfig, PretrainedModel } from '@steadyformer/core/pretrained';
import * as tf from '@tensorflow/tfjs';
import { type BatchSizes, readSentences, sentenceBatch } from '../../input/sentences';
import { pretrainedLoss } from './pretrained';
import { shifted, tokenLoss } from './tokenLoss';

/** Ids of sentences or of pairs of them, or a stream [B, T, D] for an encoder without embedding. */
export type AnyBatch = tf.Tensor2D | tf.Tensor3D | ModelBatch | Readonly<Record<string, StackInput>>;

/** A model of any of core's kinds, and a batch that fits it. */
export interface Subject {
  readonly config: FullConfig | PretrainedConfig;
  readonly model: Stacked<AnyBatch>;
  readonly batch: AnyBatch;
}

/** A model with fresh weights from the seed, every stack of Admin residuals profiled on the batch. */
export const freshSubject = async (config: FullConfig, sizes: BatchSizes, seed: number): Promise<Subject> => {
  const model = fromConfig(config, { seed }) as unknown as Stacked<AnyBatch>;
  const batch = await batchOf(config, sizes, seed);
  if (needsProfile(model)) await adminInit(model, [batch]);
  return { config, model, batch };
};

/** A batch from the seed: of the file's sentences, else Zipf-distributed. */
export const batchOf = async (config: FullConfig, sizes: BatchSizes, seed: number): Promise<AnyBatch> => {
  const { sentences, length, data } = sizes;
  const { padId, width } = config;
  const stream = (from: number): tf.Tensor3D => {
    const values = randomStream(from).fork('stream');
    return tf.tensor3d(values.normal(sentences * length * width), [sentences, length, width]);
  };
  const idsOf = async (vocabulary: number): Promise<(seed: number) => tf.Tensor2D> =>
    data === undefined
      ? (from) => zipfTokens({ sentences, length, vocabulary, seed: from })
      : sentenceBatches(data, vocabulary, padId, sizes);
  if (config.kind === 'stacks') return stackInputs(config, sizes, seed, { stream, idsOf });
  if (config.vocabulary === undefined) {
    if (data === undefined) return stream(seed);
    throw new SteadyformerError(
      `--data ${data}: an encoder without a vocabulary takes no ids; leave --data out for a random stream`,
    );
  }
  const ids = await idsOf(config.vocabulary);
  return 'encoder' in config && 'decoder' in config
    ? { source: ids(seed), target: ids(seed + 1) }
    : ids(seed);
};

interface Makers {
  readonly stream: (seed: number) => tf.Tensor3D;
  readonly idsOf: (vocabulary: number) => Promise<(seed: number) => tf.Tensor2D>;
}

/** What enters each stack: ids of its table, those with a prefix of half the sentence, or a stream. */
const stackInputs = async (
  { stacks, embeddings }: ModelConfig,
  { sentences, length }: BatchSizes,
  seed: number,
  { stream, idsOf }: Makers,
): Promise<Readonly<Record<string, StackInput>>> => {
  const vocabularyOf = (table: string): number => {
    const entry = embeddings[table]!;
    return typeof entry === 'string' ? vocabularyOf(entry) : entry.vocabulary;
  };
  const inputs: Record<string, StackInput> = {};
  for (const [i, [name, { embedding, causal }]] of Object.entries(stacks).entries()) {
    if (embedding === undefined) {
      inputs[name] = stream(seed + i);
      continue;
    }
    const ids = (await idsOf(vocabularyOf(embedding)))(seed + i);
    const prefix = (): tf.Tensor1D => tf.fill([sentences], Math.ceil(length / 2), 'int32');
    inputs[name] = causal === 'prefix' ? { ids, prefix: prefix() } : ids;
  }
  return inputs;
};

const sentenceBatches = async (
  data: string,
  vocabulary: number,
  padId: number,
  sizes: BatchSizes,
): Promise<(seed: number) => tf.Tensor2D> => {
  const found = await readSentences(data, sizes.vocabulary);
  if (found.vocabulary > vocabulary) {
    throw new SteadyformerError(
      `--data ${data}${found.largestIn === undefined ? '' : `, line ${found.largestIn}`}: ` +
        `it needs ${found.vocabulary} ids and the model has ${vocabulary}; ` +
        'give ids of this model, or words with a smaller --vocab',
    );
  }
  return (seed) => sentenceBatch(found.ids, sizes, seed, padId);
};

/** The mean loss a token: of itself in an encoder, else of the next; label smoothing 0.1 for pairs. */
export const lossOf =
  (model: Stacked<AnyBatch>): Loss<AnyBatch> =>
  (batch, context) =>
    tf.tidy(() => {
      const { config } = model as unknown as { readonly config: Subject['config'] };
      switch (config.kind) {
        case 'pretrained':
          return pretrainedLoss(
            model as unknown as PretrainedModel,
            batch as tf.Tensor2D | ModelBatch,
            context,
          );
        case 'encoder': {
          if (config.vocabulary === undefined) {
            throw new SteadyformerError('an encoder without a vocabulary has no loss, hence no gradient');
          }
          const encoder = model as unknown as Encoder;
          const ids = batch as tf.Tensor2D;
          return tokenLoss(encoder.logits(encoder.call(ids, context)), ids, config.padId, 0);
        }
        case 'languageModel': {
          const [input, labels] = shifted(batch as tf.Tensor2D);
          return tokenLoss((model as unknown as LanguageModel).call(input, context), labels, config.padId, 0);
        }
        case 'stacks':
          return stacksLoss(
            model as unknown as Model,
            batch as Readonly<Record<string, StackInput>>,
            context,
          );
        default: {
          const { source, target } = batch as ModelBatch;
          const [input, labels] = shifted(target);
          const logits = (model as unknown as Transformer).call({ source, target: input }, context);
          return tokenLoss(logits, labels, config.padId, 0.1);
        }
      }
    });

/** The loss of the last stack, of the next token where it is causal and of the token itself where it is not. */
const stacksLoss = (
  model: Model,
  batch: Readonly<Record<string, StackInput>>,
  context: Context,
): tf.Scalar => {
  const { stacks, output, padId } = model.config;
  const [last = '', { causal } = { causal: false }] = Object.entries(stacks).at(-1) ?? [];
  const entered = batch[last]!;
  const ids = 'ids' in entered ? entered.ids : entered;
  if (output === undefined || ids.rank !== 2) {
    throw new SteadyformerError(
      `a model whose stack '${last}' has no ids or no output projection has no loss, hence no gradient`,
    );
  }
  const [input, labels] = causal ? shifted(ids as tf.Tensor2D) : ([ids, ids] as const);
  const shortened = 'ids' in entered ? { ...entered, ids: input as tf.Tensor2D } : (input as tf.Tensor2D);
  const logits = model.call({ ...batch, [last]: shortened }, context);
  return tokenLoss(logits, labels as tf.Tensor2D, padId, 0);
};
