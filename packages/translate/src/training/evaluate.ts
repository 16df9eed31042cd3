import type { Module } from '@steadyformer/core';
import * as tf from '@tensorflow/tfjs';
import type { LossFunction } from './translationLoss';

export interface Evaluation {
  /** The training objective a token, dropout off. */
  readonly loss: number;
  /** Negative log-likelihood a token, nats. */
  readonly nll: number;
  /** exp(nll) */
  readonly perplexity: number;
  readonly tokens: number;
}

/** The loss of a model over batches, dropout off, without a gradient. */
export const evaluateLoss = async <Model extends Module, Batch>(
  model: Model,
  batches: Iterable<Batch>,
  lossOf: LossFunction<Model, Batch>,
): Promise<Evaluation> => {
  const total = { loss: 0, nll: 0, tokens: 0 };
  for (const batch of batches) {
    let tokens = 0;
    const sums = tf.tidy(() => {
      const measured = lossOf(model, batch, {});
      tokens = measured.tokens;
      return tf.stack([measured.loss, measured.nll]);
    });
    const [loss, nll] = (await sums.data()) as unknown as [number, number];
    sums.dispose();
    total.loss += loss;
    total.nll += nll;
    total.tokens += tokens;
  }
  const nll = total.nll / total.tokens;
  return { loss: total.loss / total.tokens, nll, perplexity: Math.exp(nll), tokens: total.tokens };
};
