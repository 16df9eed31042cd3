import { callback, checkIterable, fields, type Module, parseAs, SteadyformerError } from '@steadyformer/core';
import * as tf from '@tensorflow/tfjs';
import * as v from 'valibot';
import { moduleOf } from '../checks/objects';
import type { SchemasOf } from '../checks/schemas';
import { turnTaker } from '../checks/turns';
import { checkedLoss, type LossFunction, lossFunction } from './loss';

/** What `evaluate` gives, means over target tokens. */
export interface Evaluation {
  /** The training objective a token, dropout off. */
  readonly loss: number;
  /** Negative log-likelihood a token, nats. */
  readonly nll: number;
  /** exp(nll) */
  readonly perplexity: number;
  readonly tokens: number;
}

/** Options of `evaluate`. */
export interface EvaluateOptions {
  /** Told after every batch what was measured so far. An exception of it ends the call. */
  readonly onProgress?: (soFar: { readonly batches: number; readonly tokens: number }) => void;
}

const optionFields = () =>
  fields({
    onProgress: v.optional(callback<NonNullable<EvaluateOptions['onProgress']>>()),
  } satisfies SchemasOf<EvaluateOptions>);

/**
 * The loss of a model over batches, dropout off, without a gradient.
 *
 * @throws SteadyformerError where there are no batches or no tokens, and where a batch's loss is not finite: neither
 *   is a loss.
 */
export const evaluateLoss = async <Model extends Module, Batch>(
  model: Model,
  batches: Iterable<Batch>,
  lossOf: LossFunction<Model, Batch>,
  options: EvaluateOptions = {},
): Promise<Evaluation> => {
  const { onProgress } = parseAs(optionFields(), options, 'evaluateLoss()');
  parseAs(moduleOf<Model>(), model, 'evaluateLoss() model');
  parseAs(lossFunction<Model, Batch>(), lossOf, 'evaluateLoss() loss');
  checkIterable('evaluateLoss() batches', batches, 'a list of batches, or a generator');
  const othersTurn = turnTaker();
  const total = { loss: 0, nll: 0, tokens: 0 };
  let measured = 0;
  for (const batch of batches) {
    const { loss, nll, tokens } = await batchLoss(model, batch, lossOf);
    if (!Number.isFinite(loss) || !Number.isFinite(nll)) {
      throw new SteadyformerError(
        `evaluateLoss: batch ${measured} has the loss ${loss} and the log-likelihood ${-nll}. The model's weights are ` +
          'not finite or overflow: use a checkpoint from before training diverged.',
      );
    }
    total.loss += loss;
    total.nll += nll;
    total.tokens += tokens;
    measured++;
    onProgress?.({ batches: measured, tokens: total.tokens });
    await othersTurn();
  }
  if (!(total.tokens > 0)) {
    throw new SteadyformerError(
      `evaluateLoss: ${measured} batches with ${total.tokens} target tokens. Pass at least one batch of at least one; a ` +
        'generator gives its batches once.',
    );
  }
  const nll = total.nll / total.tokens;
  return { loss: total.loss / total.tokens, nll, perplexity: Math.exp(nll), tokens: total.tokens };
};

/** Sums over one batch. */
const batchLoss = async <Model, Batch>(
  model: Model,
  batch: Batch,
  lossOf: LossFunction<Model, Batch>,
): Promise<{ readonly loss: number; readonly nll: number; readonly tokens: number }> => {
  let tokens = 0;
  const sums = tf.tidy(() => {
    const measured = checkedLoss(lossOf(model, batch, {}));
    tokens = measured.tokens;
    return tf.stack([measured.loss, measured.nll]);
  });
  try {
    const [loss, nll] = (await sums.data()) as unknown as [number, number];
    return { loss, nll, tokens };
  } finally {
    sums.dispose();
  }
};
