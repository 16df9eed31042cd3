import { centred, masked, meanOverTokens, type Probe, type Stacked, tokenVariance } from '@steadyformer/core';
import * as tf from '@tensorflow/tfjs';
import type { InputDescription, TokensDescription } from '../theory/description';
import { inputOf, measuredSite, residualsOf } from './residuals';
import { realTokens } from './tokens';

/** What `predict` can take in place of closed forms. */
export interface BranchMeasurement {
  /** Var[a_i] by path: dropout off, branch scale included. */
  readonly variances: Readonly<Record<string, number>>;
  /** x_0 by stack path. */
  readonly input: Readonly<Record<string, InputDescription>>;
  /** Tokens of a sentence, those of the widest stack, and sentences. */
  readonly tokens: TokensDescription;
}

/**
 * Measures the variance of every residual branch and the moments of every stack's input on one batch: centred per
 * token, mean over the real tokens. Hand the result to `predict(model, measured)`.
 */
export const measureBranches = async <Batch>(
  model: Stacked<Batch>,
  batch: Batch,
): Promise<BranchMeasurement> => {
  const sites = residualsOf(model, 'measureBranches()');
  const masks = await realTokens('measureBranches()', model, batch);
  const branches = new Map<string, tf.Scalar>();
  const inputs = new Map<string, tf.Tensor1D>();
  let [count, sentences] = [0, 1];
  const probe: Probe = {
    join: (event) => {
      const { path, branch } = event;
      const { depth, stackPath } = measuredSite(sites, event, 'measureBranches()');
      const mask = masks[stackPath];
      branches.set(path, tf.keep(tokenVariance(branch, mask)));
      if (depth > 1) return;
      const input = inputOf(event);
      count = Math.max(count, input.shape[1]);
      sentences = input.shape[0];
      inputs.set(
        stackPath,
        tf.tidy(() => tf.keep(inputMoments(input, mask))),
      );
    },
  };
  try {
    tf.tidy(() => {
      model.call(batch, { training: false, probe });
    });
    const variances = await Promise.all(
      [...branches].map(async ([path, scalar]) => [path, (await scalar.data())[0]!] as const),
    );
    const input = await Promise.all(
      [...inputs].map(async ([path, moments]) => {
        const [centred, power, covariance] = (await moments.data()) as unknown as [number, number, number];
        const correlation = centred > 0 ? Math.min(1, Math.max(-1, covariance / centred)) : 0;
        const description: InputDescription = {
          variance: centred,
          secondMoment: Math.max(power, centred),
          correlation,
        };
        return [path, description] as const;
      }),
    );
    return {
      variances: Object.fromEntries(variances),
      input: Object.fromEntries(input),
      tokens: { count, sentences },
    };
  } finally {
    tf.dispose([...branches.values(), ...inputs.values(), masks]);
  }
};

/** [Var, E[x^2], covariance of two tokens of a sentence], each a mean over features. */
const inputMoments = (x: tf.Tensor3D, mask: tf.Tensor2D | undefined): tf.Tensor1D => {
  const [batch, time] = x.shape;
  const weights = mask ?? tf.ones<tf.Rank.R2>([batch, time]);
  const own = tf.mean<tf.Tensor2D>(tf.square(centred(x)), 2); // [B, T]
  const counted = masked(centred(x), tf.expandDims(weights, 2));
  const sums = tf.mean(tf.square(tf.sum(counted, 1)), 1); // |sum of a sentence's tokens|^2 / D, [B]
  const pairs = tf.sub(sums, tf.sum(masked(own, weights), 1)); // sum over t != u
  const lengths = tf.sum(weights, 1);
  const count = tf.maximum(tf.sum(tf.mul(lengths, tf.sub(lengths, 1))), 1);
  return tf.stack([
    meanOverTokens(own, weights),
    meanOverTokens(tf.mean(tf.square(x), 2), weights),
    tf.div(tf.sum(pairs), count),
  ]) as tf.Tensor1D;
};
