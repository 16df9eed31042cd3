import { adminInit } from '@steadyformer/admin-init';
import { type Loss, zipfTokens } from '@steadyformer/analysis';
import {
  type BranchEvent,
  type Context,
  type Encoder,
  type FullConfig,
  fromConfig,
  type LanguageModel,
  type ModelBatch,
  masked,
  randomStream,
  type Stacked,
  SteadyformerError,
  softmaxCrossEntropy,
  type Transformer,
} from '@steadyformer/core';
import * as tf from '@tensorflow/tfjs';
import { type BatchSizes, readSentences, sentenceBatch } from '../../input/sentences';

/** Ids of sentences or of pairs of them, or a stream [B, T, D] for an encoder without embedding. */
export type AnyBatch = tf.Tensor2D | tf.Tensor3D | ModelBatch;

/** A model of any of core's kinds, and a batch that fits it. */
export interface Subject {
  readonly config: FullConfig;
  readonly model: Stacked<AnyBatch>;
  readonly batch: AnyBatch;
}

/** A model with fresh weights from the seed, every stack of Admin residuals profiled on the batch. */
export const freshSubject = async (config: FullConfig, sizes: BatchSizes, seed: number): Promise<Subject> => {
  const model = fromConfig(config, { seed }) as unknown as Stacked<AnyBatch>;
  const batch = await batchOf(config, sizes, seed);
  await initializeAdmin(model, batch);
  return { config, model, batch };
};

const initializeAdmin = async (model: Stacked<AnyBatch>, batch: AnyBatch): Promise<void> => {
  const scaled = Object.entries(model.stacks()).filter(([, stack]) =>
    stack.subLayers().every(({ subLayer: { residual, omega } }) => residual.after && omega),
  );
  if (scaled.length === 0) return;
  await adminInit(onlyStacks(model, Object.fromEntries(scaled)), [batch]);
};

/** The model as seen by a watcher of some of its stacks. */
const onlyStacks = (
  model: Stacked<AnyBatch>,
  stacks: ReturnType<Stacked<AnyBatch>['stacks']>,
): Stacked<AnyBatch> => {
  const watched = ({ path }: BranchEvent): boolean =>
    Object.keys(stacks).some((stack) => path.startsWith(`${stack}.`));
  const only = ({ probe, ...context }: Context): Context => ({
    ...context,
    ...(probe ? { probe: { branch: (event) => (watched(event) ? probe.branch?.(event) : undefined) } } : {}),
  });
  return Object.create(model, {
    stacks: { value: () => stacks },
    call: { value: (batch: AnyBatch, context: Context = {}) => model.call(batch, only(context)) },
  }) as Stacked<AnyBatch>;
};

/** A batch from the seed: of the file's sentences, else Zipf-distributed. */
export const batchOf = async (config: FullConfig, sizes: BatchSizes, seed: number): Promise<AnyBatch> => {
  const { sentences, length, data } = sizes;
  const { padId, width } = config;
  const vocabulary = 'vocabulary' in config ? config.vocabulary : undefined;
  if (vocabulary === undefined) {
    if (data !== undefined) {
      throw new SteadyformerError(
        `--data ${data}: an encoder without a vocabulary takes no ids; leave --data out for a random stream`,
      );
    }
    const values = randomStream(seed)
      .fork('stream')
      .normal(sentences * length * width);
    return tf.tensor3d(values, [sentences, length, width]);
  }
  const ids =
    data === undefined
      ? (from: number) => zipfTokens({ sentences, length, vocabulary, seed: from })
      : await sentenceBatches(data, vocabulary, padId, sizes);
  return 'encoder' in config && 'decoder' in config
    ? { source: ids(seed), target: ids(seed + 1) }
    : ids(seed);
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
      const { config } = model as unknown as { readonly config: FullConfig };
      switch (config.kind) {
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
        default: {
          const { source, target } = batch as ModelBatch;
          const [input, labels] = shifted(target);
          const logits = (model as unknown as Transformer).call({ source, target: input }, context);
          return tokenLoss(logits, labels, config.padId, 0.1);
        }
      }
    });

/** Ids [B, T] as input and labels, [B, T - 1] each. */
const shifted = (ids: tf.Tensor2D): readonly [tf.Tensor2D, tf.Tensor2D] => {
  const last = ids.shape[1] - 1;
  return [tf.slice(ids, [0, 0], [-1, last]), tf.slice(ids, [0, 1], [-1, last])];
};

/** logits [B, T, V], labels [B, T]: the mean over labels that are no pads. */
const tokenLoss = (logits: tf.Tensor3D, labels: tf.Tensor2D, padId: number, smoothing: number): tf.Scalar => {
  const rows = tf.reshape<tf.Rank.R2>(logits, [-1, logits.shape[2]]);
  const wanted = tf.reshape<tf.Rank.R1>(labels, [-1]);
  const real = tf.cast(tf.notEqual(wanted, padId), 'float32');
  const { loss } = softmaxCrossEntropy(rows, wanted, smoothing);
  return tf.div(tf.sum(masked(loss, real)), tf.sum(real));
};
