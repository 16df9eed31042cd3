import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { zipfTokens } from '@steadyformer/analysis';
import { type Context, type ModelBatch, SteadyformerError } from '@steadyformer/core';
import { readPretrained } from '@steadyformer/core/node';
import {
  fromPretrained,
  isPretrainedConfig,
  type PretrainedConfig,
  type PretrainedModel,
} from '@steadyformer/core/pretrained';
import type * as tf from '@tensorflow/tfjs';
import { type BatchSizes, readSentences, sentenceBatch } from '../../input/sentences';
import { shifted, tokenLoss } from './tokenLoss';

/** Whether a path is a folder of a checkpoint that transformers wrote. */
export const isPretrained = async (path: string): Promise<boolean> => {
  try {
    return isPretrainedConfig(JSON.parse(await readFile(join(path, 'config.json'), 'utf8')));
  } catch {
    // What is wrong with it is for the reader of our own checkpoints to say.
    return false;
  }
};

/** What a command looks at of a pretrained model: its config, and the model with a batch from the seed. */
export interface PretrainedSubject {
  readonly config: PretrainedConfig;
  readonly build: (seed: number) => Promise<{
    readonly config: PretrainedConfig;
    readonly model: PretrainedModel;
    readonly batch: tf.Tensor2D | ModelBatch;
  }>;
}

/** The model of a folder. Its weights are read once, and every build has them. */
export const pretrainedSubject = async (folder: string, sizes: BatchSizes): Promise<PretrainedSubject> => {
  const source = await readPretrained(folder);
  // Says at once what is wrong with it.
  const first = await fromPretrained(source);
  const { config } = first;
  first.dispose();
  return {
    config,
    build: async (seed) => {
      const batch = await batchOf(config, sizes, seed);
      return { config, batch, model: await fromPretrained(source) };
    },
  };
};

const batchOf = async (
  config: PretrainedConfig,
  sizes: BatchSizes,
  seed: number,
): Promise<tf.Tensor2D | ModelBatch> => {
  const { form, vocabulary, targetVocabulary = vocabulary } = config;
  if (form !== 'transformer') return idsOf(config, vocabulary, sizes, seed);
  const source = await idsOf(config, vocabulary, sizes, seed);
  return { source, target: await idsOf(config, targetVocabulary, sizes, seed + 1) };
};

/** Ids of the file, else random ones by Zipf's law: a tokenizer is another program's. */
const idsOf = async (
  { padId, architecture }: PretrainedConfig,
  vocabulary: number,
  sizes: BatchSizes,
  seed: number,
): Promise<tf.Tensor2D> => {
  const { data, sentences, length } = sizes;
  if (data === undefined) return zipfTokens({ sentences, length, vocabulary, seed });
  const found = await readSentences(data, sizes.vocabulary);
  if (found.largestIn === undefined) {
    throw new SteadyformerError(
      `--data ${data}: it holds words, and a pretrained ${architecture} knows its own tokens alone; give the ids that its tokenizer makes, separated by spaces`,
    );
  }
  if (found.vocabulary > vocabulary) {
    throw new SteadyformerError(
      `--data ${data}, line ${found.largestIn}: it needs ${found.vocabulary} ids and the model has ${vocabulary}; give ids of this model`,
    );
  }
  const shortest = Math.min(...found.ids.map((ids) => ids.length));
  if (padId === undefined && shortest < length) {
    throw new SteadyformerError(
      `--data ${data}: a sentence has ${shortest} tokens, and a pretrained ${architecture} knows no pads; take --length ${shortest}, or longer sentences`,
    );
  }
  return sentenceBatch(found.ids, sizes, seed, padId ?? 0);
};

/** The mean loss a token: of itself in an encoder, else of the next. */
export const pretrainedLoss = (
  model: PretrainedModel,
  batch: tf.Tensor2D | ModelBatch,
  context: Context,
): tf.Scalar => {
  const { form, padId = -1 } = model.config;
  if (!model.head) {
    throw new SteadyformerError(
      'the checkpoint has no output projection: the model has no loss, hence no gradient',
    );
  }
  if (form === 'encoder') {
    return tokenLoss(model.call(batch, context), batch as tf.Tensor2D, padId, 0);
  }
  if (form === 'languageModel') {
    const [input, labels] = shifted(batch as tf.Tensor2D);
    return tokenLoss(model.call(input, context), labels, padId, 0);
  }
  const { source, target } = batch as ModelBatch;
  const [input, labels] = shifted(target);
  return tokenLoss(model.call({ source, target: input }, context), labels, padId, 0);
};
