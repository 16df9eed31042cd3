import type { OptimizerState, RandomStream } from '@steadyformer/core';
import type { Settings } from '../settings/settings';

/** What the batches of an update came to. Losses are a token, in nats. */
export interface UpdateSums {
  /** What is minimised (label-smoothed). */
  readonly loss: number;
  readonly nll: number;
  /** Target tokens. */
  readonly tokens: number;
  /** L2 norm of the gradient of the mean loss. */
  readonly gradientNorm: number;
}

/** An optimizer's state, and what outer steps add to it. */
export interface LearnerState extends OptimizerState {
  /** The velocity of outer steps, [P]; absent without any, and where their momentum is 0. */
  readonly outer?: Float32Array;
}

/** Who computes gradients and updates the weights: this thread alone, or replicas of the model in several. */
export interface Learner<Batch> {
  /** Updates done so far. */
  readonly updates: number;
  /** What decides the numbers of an update, for `Trainer.restore` to compare. Default: unknown. */
  readonly settings?: Settings;
  /** Loss and gradient of the batches; the gradient is kept for `step`. Dropout draws from `random`. */
  gradient(batches: readonly Batch[], random: RandomStream): Promise<UpdateSums>;
  /** Updates the weights with the gradient of the mean loss, times `scale`. */
  step(learningRate: number, scale: number): Promise<void>;
  /** Gives the gradient up instead. */
  discard(): void;
  /** The optimizer's state. */
  state(): Promise<LearnerState>;
  restore(state: LearnerState): void;
  dispose(): Promise<void>;
}
