import { correlationOf } from './coherence';
import type { AttentionForm, StreamMoments } from './description';
import { gaussianMoments } from './gaussian';
import { type ScoreField, share } from './largestScore';
import { type Mapped, normed } from './norms';

/** Logits of an attention: products of queries and keys as the softmax takes them, over the keys of a query. */
export interface LogitMoments extends ScoreField {
  /** Variance of a product before a cap, over queries and keys. */
  readonly variance: number;
  /** Variance of a query's logits over its keys: what they have in common the softmax does not see. */
  readonly spread: number;
  /** T keys: of every query, or of the last one where attention is causal. */
  readonly span: number;
  readonly causal: boolean;
  /** c of c tanh(s / c). */
  readonly cap?: number;
}

/**
 * Queries and keys have variance gain^2 / 2 a unit of power, or what a norm of them leaves, and a logit that of their product,
 * times `scale`^2 in units of 1 / sqrt(Dh). Over the keys of a query it is 1 - c of that, c being the correlation of two keys;
 * behind a cap it is what remains of a Gaussian's.
 */
export const logitMoments = (form: AttentionForm, input: StreamMoments): LogitMoments => {
  const { gains = {}, scale = 1, logitCap: cap, causal = false, width, queryKeyNorm } = form;
  const { heads = headsOf(width), headWidth = Math.max(1, Math.round(width / heads)) } = form;
  const read = form.kind === 'crossAttention' ? input.memory : input;
  const [query, key] = (
    [
      [gains.query, input],
      [gains.key, read],
    ] as const
  ).map(([gain = 1, from]) => {
    const half = gain ** 2 / 2;
    const moments = { power: half * from.power, covariance: half * from.covariance };
    const apart = correlationOf({ ...from, covariance: 'apart' in from ? from.apart : from.covariance });
    return { ...normed(queryKeyNorm, moments, headWidth), apart };
  }) as [Projected, Projected];
  const variance = scale ** 2 * query.power * key.power;
  const keyCorrelation = correlationOf(key);
  const span = read.tokens;
  return {
    variance,
    spread: spreadOf(variance, keyCorrelation, cap),
    heads,
    sentences: input.sentences,
    shared: share(query.apart) * share(key.apart),
    queries: input.tokens,
    keys: causal ? (span + 1) / 2 : span,
    queryCorrelation: correlationOf(query),
    keyCorrelation,
    headWidth,
    normed: queryKeyNorm !== undefined,
    ...{ span, causal },
    ...(cap === undefined ? {} : { cap }),
  };
};

/** Queries, or keys; `apart` the correlation of those of two sentences. */
type Projected = Mapped & { readonly apart: number };

const spreadOf = (variance: number, correlation: number, cap: number | undefined): number => {
  if (cap === undefined) return variance * Math.max(0, 1 - correlation);
  const { power, covariance } = gaussianMoments(capped(cap), variance);
  return Math.max(0, power - covariance(correlation));
};

/** c tanh(s / c). */
export const capped =
  (cap: number | undefined) =>
  (score: number): number =>
    cap === undefined ? score : cap * Math.tanh(score / cap);

/** Heads of 64 features each, as most models have. */
export const headsOf = (width: number): number => Math.max(1, Math.round(width / 64));
