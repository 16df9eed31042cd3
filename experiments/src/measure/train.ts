import { inverseSqrt, linearDecay, type Transformer, type UpdateRule } from '@steadyformer/core';
import { NotFiniteUpdate, Trainer, translationLoss } from '@steadyformer/translate';
import { batchesOf, type Text } from './text';

export interface TrainSettings {
  readonly maxTokens: number;
  readonly updates: number;
  readonly peak: number;
  /** Updates of linear warm-up, the inverse square root after; without, linear decay from the peak to 0. */
  readonly warmup?: number;
  readonly seed: number;
  readonly rule: () => UpdateRule;
}

/** What came of the updates. */
export interface Trained {
  /** Negative log-likelihood a token of each update's batch, in nats. */
  readonly losses: readonly number[];
  /** Whether a loss or gradient was not finite; no update followed. */
  readonly diverged: boolean;
}

/** Trains a model; `after` looks on after so many updates, 0 for before the first, with the loss of the last of them. */
export const train = async (
  model: Transformer,
  text: Text,
  { maxTokens, updates, peak, warmup, seed, rule }: TrainSettings,
  after: (update: number, loss?: number) => Promise<void> = async () => {},
): Promise<Trained> => {
  const schedule =
    warmup === undefined ? linearDecay({ peak, total: updates + 1 }) : inverseSqrt({ peak, warmup });
  const trainer = new Trainer({
    model,
    batches: batchesOf(text, maxTokens, seed),
    loss: translationLoss(0.1),
    rule: rule(),
    schedule,
    seed,
  });
  const losses: number[] = [];
  try {
    await after(0);
    while (losses.length < updates) {
      const { nll } = await trainer.step();
      losses.push(nll);
      await after(losses.length, nll);
    }
    return { losses, diverged: false };
  } catch (error) {
    if (error instanceof NotFiniteUpdate) return { losses, diverged: true };
    throw error;
  } finally {
    trainer.dispose();
  }
};
