import type { OptimizerState, RandomStream } from '@steadyformer/core';
import type { TokenBatch } from '../data/batch';
import { splitBatch } from '../data/splitBatch';
import type { Settings } from '../settings/settings';
import type { Learner, UpdateSums } from './learner';
import type { TokenModel } from './modelKinds';
import { kindOf } from './modelKinds';
import type { Ranks } from './ranks';

/**
 * A learner whose gradients are those of all ranks: each takes its part of the sentences of every batch. The learner that
 * it is made of is joined with the others' by `betweenRanks`.
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
