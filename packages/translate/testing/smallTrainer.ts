import {
  constant,
  type ResidualMethod,
  type Transformer,
  transformer,
  type UpdateRule,
} from '@steadyformer/core';
import type { TokenBatch } from '../src/data/batch';
import { Batches } from '../src/data/batches';
import { encodeCorpus } from '../src/data/encodeCorpus';
import { trainBpe } from '../src/subwords/trainBpe';
import { Trainer, type TrainerOptions } from '../src/training/trainer';
import { translationLoss } from '../src/training/translationLoss';

// A Transformer of one block and four sentences that are to be turned round.

export const pairs: readonly { readonly source: string; readonly target: string }[] = [
  'a small test',
  'two tests',
  'a test',
  'small words',
].map((source) => ({ source, target: source.split(' ').reverse().join(' ') }));

export const vocabulary: ReturnType<typeof trainBpe> = trainBpe(
  pairs.flatMap(({ source, target }) => [source, target]),
  { merges: 10 },
);

export const batches: Batches = new Batches(encodeCorpus(pairs, vocabulary), { maxTokens: 40 });

export const modelWith = (method: ResidualMethod): Transformer =>
  transformer(
    { vocabulary: vocabulary.size, padId: vocabulary.pad, width: 8, heads: 2, depth: 1, method },
    3,
  );

export const trainerWith = (
  rule: UpdateRule,
  model: Transformer,
  more: Partial<TrainerOptions<Transformer, TokenBatch>> = {},
): Trainer<Transformer, TokenBatch> =>
  new Trainer({ model, batches, loss: translationLoss(0.1), rule, schedule: constant(1e-2), ...more });
