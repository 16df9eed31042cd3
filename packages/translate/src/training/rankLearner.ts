import type { OptimizerState, RandomStream } from '@steadyformer/core';
import * as tf from '@tensorflow/tfjs';
import type { TokenBatch } from '../data/batch';
import { splitBatch } from '../data/splitBatch';
import type { Settings } from '../settings/settings';
import type { Learner, UpdateSums } from './learner';
import type { SummedGradient } from './localLearner';
import type { TokenModel } from './modelKinds';
import { kindOf } from './modelKinds';
import type { Ranks } from './ranks';

const SUMS = ['loss', 'nll', 'tokens'] as const;

/** Adds up what replicas have summed, over all ranks: `reduceBetween` of core's `Replicas`. */
export const reduceBetween =
  (ranks: Ranks) =>
  async (
    gradient: Float32Array,
    sums: Readonly<Record<string, number>>,
  ): Promise<Record<(typeof SUMS)[number], number>> => {
    // A rank without a part of its own has no sums to name.
    const values = Float64Array.from(SUMS, (name) => sums[name] ?? 0);
    await Promise.all([ranks.allReduce(gradient), ranks.allReduce(values)]);
    const [loss, nll, tokens] = values as unknown as [number, number, number];
    return { loss, nll, tokens };
  };

/** Adds up the gradients of all ranks: `reduceGradients` of a `LocalLearner`. */
export const reduceOver =
  (ranks: Ranks) =>
  async ({ gradient, ...own }: SummedGradient): Promise<SummedGradient> => {
    const numbers = (await gradient.data()) as Float32Array;
    gradient.dispose();
    const sums = await reduceBetween(ranks)(numbers, own);
    return { gradient: tf.tensor1d(numbers), ...sums };
  };

/**
 * A learner whose gradients are those of all ranks: each takes its part of the sentences of every batch. The learner that
 * it is made of reduces with `reduceOver` or `reduceBetween`.
 */
export const rankLearner = (
  learner: Learner<TokenBatch>,
  model: TokenModel,
  ranks: Ranks,
): Learner<TokenBatch> => new RankLearner(learner, model, ranks);

class RankLearner implements Learner<TokenBatch> {
  constructor(
    private readonly learner: Learner<TokenBatch>,
    private readonly model: TokenModel,
    private readonly ranks: Ranks,
  ) {}

  get updates(): number {
    return this.learner.updates;
  }

  get settings(): Settings {
    return this.learner.settings ?? {};
  }

  gradient(batches: readonly TokenBatch[], random: RandomStream): Promise<UpdateSums> {
    const { rank, size } = this.ranks;
    const { config } = this.model;
    const { read } = kindOf(config);
    // Of a batch with fewer sentences than there are ranks the last ones have none.
    const own = batches.flatMap((batch) => splitBatch(read(batch), size, config.padId)[rank] ?? []);
    return this.learner.gradient(own, random.fork('rank').fork(rank));
  }

  step(learningRate: number, scale: number): Promise<void> {
    return this.learner.step(learningRate, scale);
  }

  discard(): void {
    this.learner.discard();
  }

  state(): Promise<OptimizerState> {
    return this.learner.state();
  }

  restore(state: OptimizerState): void {
    this.learner.restore(state);
  }

  dispose(): Promise<void> {
    return this.learner.dispose();
  }
}
