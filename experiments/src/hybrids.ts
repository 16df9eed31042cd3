import { adminInit, needsProfile } from '@steadyformer/admin-init';
import {
  admin,
  linearDecay,
  postLN,
  preLN,
  type ResidualMethod,
  radam,
  SteadyformerError,
  type Transformer,
  transformer,
} from '@steadyformer/core';
import {
  Batches,
  type Bpe,
  batchTensors,
  encodeCorpus,
  evaluateLoss,
  type SentencePair,
  Trainer,
  trainBpe,
  translationLoss,
} from '@steadyformer/translate';
import * as tf from '@tensorflow/tfjs';

/** The architectures of the paper's table 1 and Admin beside them. */
export const ARCHITECTURES: Readonly<
  Record<string, () => { readonly encoder: ResidualMethod; readonly decoder: ResidualMethod }>
> = {
  'Post-LN': () => ({ encoder: postLN(), decoder: postLN() }),
  'Post-LN encoder, Pre-LN decoder': () => ({ encoder: postLN(), decoder: preLN() }),
  'Pre-LN encoder, Post-LN decoder': () => ({ encoder: preLN(), decoder: postLN() }),
  'Pre-LN': () => ({ encoder: preLN(), decoder: preLN() }),
  Admin: () => ({ encoder: admin(), decoder: admin() }),
};

export interface HybridsOptions {
  /** Blocks of each stack. */
  readonly depth: number;
  readonly width: number;
  readonly steps: number;
  /** Peak learning rate, reached at once: no warm-up, then linear decay (the paper's figure 10). */
  readonly rate: number;
  readonly seed: number;
}

export interface HybridResult {
  readonly architecture: string;
  /** Held-out perplexity a subword; infinite where training met a number that is not finite. */
  readonly perplexity: number;
  /** Perplexity of a model that knows only how often each subword occurs. */
  readonly unigram: number;
  /** Whether it learned anything beyond that. */
  readonly converged: boolean;
}

/**
 * Which depths of which architectures train at all (table 1 of the paper, in small): the same text, seed, optimizer
 * and number of updates for each.
 */
export const hybrids = async (
  train: readonly SentencePair[],
  valid: readonly SentencePair[],
  options: HybridsOptions,
  onResult: (result: HybridResult) => void = () => {},
): Promise<HybridResult[]> => {
  const vocabulary = trainBpe(
    train.flatMap(({ source, target }) => [source, target]),
    { merges: 1000 },
  );
  const unigram = unigramPerplexity(train, valid, vocabulary);
  const results: HybridResult[] = [];
  for (const [architecture, method] of Object.entries(ARCHITECTURES)) {
    const model = transformer(
      {
        vocabulary: vocabulary.size,
        padId: vocabulary.pad,
        width: options.width,
        heads: 4,
        depth: options.depth,
        method: method(),
        dropout: { residual: 0.1, attention: 0.1, activation: 0.1 },
      },
      options.seed,
    );
    const perplexity = await trainAndScore(model, train, valid, vocabulary, options);
    model.dispose();
    const result = { architecture, perplexity, unigram, converged: perplexity < unigram / 2 };
    results.push(result);
    onResult(result);
  }
  return results;
};

const trainAndScore = async (
  model: Transformer,
  train: readonly SentencePair[],
  valid: readonly SentencePair[],
  vocabulary: Bpe,
  { steps, rate, seed }: HybridsOptions,
): Promise<number> => {
  const batches = new Batches(encodeCorpus(train, vocabulary), { maxTokens: 1024, seed });
  if (needsProfile(model)) {
    const batch = batchTensors(batches.batchAt(0, 0));
    await adminInit(model, [batch], { seed });
    tf.dispose([batch.source, batch.target]);
  }
  const loss = translationLoss(0.1);
  const schedule = linearDecay({ peak: rate, total: steps + 1 });
  const trainer = new Trainer({ model, batches, loss, rule: radam(), schedule, seed });
  try {
    while (trainer.updates < steps) await trainer.step();
  } catch (error) {
    if (error instanceof SteadyformerError) return Number.POSITIVE_INFINITY;
    throw error;
  } finally {
    trainer.dispose();
  }
  const held = new Batches(encodeCorpus(valid, vocabulary), { maxTokens: 1024, shuffle: false });
  return (await evaluateLoss(model, held.epoch(), loss)).perplexity;
};

/** exp of the cross-entropy of held-out target subwords (and ends) under the training text's frequencies, add-one. */
const unigramPerplexity = (
  train: readonly SentencePair[],
  valid: readonly SentencePair[],
  vocabulary: Bpe,
): number => {
  const tokens = (pairs: readonly SentencePair[]): number[] =>
    pairs.flatMap(({ target }) => [...vocabulary.encode(target), vocabulary.eos]);
  const counts = new Float64Array(vocabulary.size).fill(1);
  for (const id of tokens(train)) counts[id] = counts[id]! + 1;
  const total = counts.reduce((sum, count) => sum + count, 0);
  const held = tokens(valid);
  return Math.exp(held.reduce((sum, id) => sum - Math.log(counts[id]! / total), 0) / held.length);
};
