import { adminInit, type Profile } from '@steadyformer/admin-init';
import {
  admin,
  type LanguageModel,
  languageModel,
  type ResidualMethod,
  stateDict,
  type Transformer,
  transformer,
} from '@steadyformer/core';
import { Bpe, type Checkpoint, trainBpe, type Vocabularies } from '@steadyformer/translate';
import * as tf from '@tensorflow/tfjs';

export const english: Bpe = trainBpe(['a small test of small words'], { merges: 4 });
export const german: Bpe = trainBpe(['ein kleiner Versuch mit kleinen Worten'], { merges: 7 });

const NONE = { residual: 0, attention: 0, activation: 0 };
const SIZES = { width: 8, heads: 2, depth: 2, dropout: NONE };

/** A checkpoint of an Admin model that was profiled, its weights moved by `shift`; `updates` makes it one to go on from. */
export const savedModel = async (
  options: {
    readonly method?: ResidualMethod;
    readonly vocabulary?: Bpe | Vocabularies;
    readonly updates?: number;
    readonly shift?: number;
    readonly kind?: 'translation' | 'languageModel';
  } = {},
): Promise<Checkpoint> => {
  const { method = admin(), vocabulary = english, updates, shift = 0, kind = 'translation' } = options;
  const target = vocabulary instanceof Bpe ? vocabulary : vocabulary.target;
  const sides =
    vocabulary instanceof Bpe
      ? {}
      : { sourceVocabulary: vocabulary.source.size, tiedEmbeddings: 'decoder' as const };
  const sizes = { ...SIZES, vocabulary: target.size, padId: target.pad, method };
  const model: Transformer | LanguageModel =
    kind === 'languageModel' ? languageModel(sizes, 3) : transformer({ ...sizes, ...sides }, 3);
  const ids = tf.tensor2d([4, 5, 6, 7, 8, 9], [2, 3], 'int32');
  const batch = kind === 'languageModel' ? ids : { source: ids, target: ids };
  const profile: Profile | undefined =
    method.name === 'admin' ? await adminInit(model as Transformer, [batch as never]) : undefined;
  const parameters = await stateDict(model);
  for (const { data } of Object.values(parameters)) for (let i = 0; i < data.length; i++) data[i]! += shift;
  const { config } = model as Transformer;
  const size = model.parameterCount();
  tf.dispose(ids);
  model.dispose();
  return {
    config,
    parameters,
    vocabulary,
    ...(profile ? { profile } : {}),
    ...(updates === undefined
      ? {}
      : {
          training: {
            rule: { name: 'radam', options: { beta1: 0.9 } },
            position: { epoch: 1, index: 2 },
            settings: { batches: { maxTokens: 64 }, schedule: 'inverseSqrt' },
            run: { validated: 5 },
            optimizer: { updates, m: new Float32Array(size), v: new Float32Array(size) },
          },
        }),
  };
};
