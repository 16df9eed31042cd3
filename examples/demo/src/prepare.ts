import { adminInit, type Profile } from '@steadyformer/admin-init';
import { admin, postLN, preLN, type ResidualMethod, type Transformer, transformer } from '@steadyformer/core';
import {
  Batches,
  type Bpe,
  batchTensors,
  type EncodedCorpus,
  encodeCorpus,
  trainBpe,
} from '@steadyformer/translate';
import * as tf from '@tensorflow/tfjs';
import type { Corpus } from './corpus';
import type { MethodName } from './options';
import type { Plan } from './plan';
import { row, type Screen } from './screen';

export interface Prepared {
  readonly vocabulary: Bpe;
  readonly train: Batches;
  readonly valid: EncodedCorpus;
  readonly model: Transformer;
  /** How omega was set; absent without Admin. */
  readonly profile?: Profile;
}

const methodOf: Readonly<Record<MethodName, () => ResidualMethod>> = {
  admin: () => admin(),
  postLN: () => postLN(),
  preLN: () => preLN(),
};

/** Text to subwords to batches, and a model whose omegas are set from a profile of the first batch. */
export const prepare = async (
  corpus: Corpus,
  plan: Plan,
  method: MethodName,
  seed: number,
  screen: Screen,
): Promise<Prepared> => {
  const lines = corpus.train.flatMap(({ source, target }) => [source, target]);
  const vocabulary = trainBpe(lines, {
    merges: plan.merges,
    onProgress: ({ merges }) => screen.live(row('subwords', `${merges}/${plan.merges} merges`)),
  });
  screen.live(row('subwords', `${vocabulary.size} in one vocabulary: encoding ${lines.length} lines`));
  const train = new Batches(encodeCorpus(corpus.train, vocabulary), { maxTokens: plan.maxTokens, seed });
  const valid = encodeCorpus(corpus.valid, vocabulary);
  const { width, heads, feedForward, depth, dropout } = plan;
  const model = transformer(
    {
      vocabulary: vocabulary.size,
      padId: vocabulary.pad,
      width,
      heads,
      feedForward,
      depth,
      method: methodOf[method](),
      dropout: { residual: dropout, attention: dropout, activation: dropout },
    },
    seed,
  );
  if (method !== 'admin') return { vocabulary, train, valid, model };
  screen.live(row('profile', 'variances of the residual branches'));
  const batch = batchTensors(train.batchAt(0, 0));
  const profile = await adminInit(model, [batch], { seed });
  tf.dispose([batch.source, batch.target]);
  return { vocabulary, train, valid, model, profile };
};
