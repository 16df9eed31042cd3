import type { OptimizerState, RandomStream } from '@steadyformer/core';
import type { Settings } from '../../settings/settings';
import type { Learner, UpdateSums } from '../../training/learner';

/** What went into the last gradient, and what came out. */
export interface LastGradient<Batch> {
  readonly batches: readonly Batch[];
  readonly random: RandomStream;
  readonly sums: UpdateSums;
}

/** A learner that remembers its last gradient's batches, so that a step that went wrong can be made again. */
export class ObservedLearner<Batch> implements Learner<Batch> {
  last: LastGradient<Batch> | undefined;
  readonly settings: Settings;

  constructor(private readonly inner: Learner<Batch>) {
    this.settings = inner.settings ?? {};
  }

  get updates(): number {
    return this.inner.updates;
  }

  async gradient(batches: readonly Batch[], random: RandomStream): Promise<UpdateSums> {
    const sums = await this.inner.gradient(batches, random);
    this.last = { batches, random, sums };
    return sums;
  }

  step(learningRate: number, scale: number): Promise<void> {
    return this.inner.step(learningRate, scale);
  }

  discard(): void {
    this.inner.discard();
  }

  state(): Promise<OptimizerState> {
    return this.inner.state();
  }

  restore(state: OptimizerState): void {
    this.inner.restore(state);
  }

  dispose(): Promise<void> {
    return this.inner.dispose();
  }
}
