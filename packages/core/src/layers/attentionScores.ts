import * as tf from '@tensorflow/tfjs';
import { checkNumber, checkOptions } from '../checks/errors';
import { constantParameter, type Parameter } from '../state/module';

/** How scores, the products of queries and keys, become probabilities. */
export interface AttentionScoreOptions {
  /**
   * What scores are multiplied by: a number, or the features of a head to a power. Default `{ power: -0.5 }`,
   * 1 / sqrt(Dh); muP and CompleteP take -1, nGPT 0.5.
   */
  readonly scale?: number | { readonly power: number } | undefined;
  /** c: scores s become c tanh(s / c) before any mask (Gemma 2). Default none. */
  readonly logitCap?: number | undefined;
  /**
   * Whether every feature of every head has a trained scale, 1 at the start, of query and key alike, after positions have
   * turned them (s_qk of nGPT). Default false.
   */
  readonly queryKeyScale?: boolean | undefined;
}

/** What the options ask for, as fields of an attention layer. */
export interface AttentionScores {
  readonly scale: number;
  readonly logitCap?: number | undefined;
  /** [H Dh] */
  readonly queryKeyScale?: Parameter<tf.Rank.R1> | undefined;
}

const positive = (what: string, value: number): number =>
  checkNumber(what, value, 'numbers > 0', (number) => number > 0);

/** @throws SteadyformerError on a scale or cap that is no number above 0. */
export const attentionScores = (
  headWidth: number,
  queryWidth: number,
  { scale = 1 / Math.sqrt(headWidth), logitCap, queryKeyScale }: AttentionScoreOptions,
  where: string,
): AttentionScores => {
  if (logitCap !== undefined) positive(`${where} logitCap`, logitCap);
  const trained = { logitCap, queryKeyScale: queryKeyScale ? constantParameter([queryWidth], 1) : undefined };
  if (typeof scale !== 'object') return { scale: positive(`${where} scale`, scale), ...trained };
  const what = `${where} scale`;
  checkOptions(scale, ['power'], what);
  return { scale: headWidth ** checkNumber(`${what}.power`, scale.power), ...trained };
};

/**
 * The queries, first columns of x [B, T, H Dh + ..], times the square of their scale: what scores are where queries and keys
 * are both multiplied by it, each head's keys as its queries where several share them. As x.
 */
export const scaledQueries = (x: tf.Tensor3D, { queryKeyScale }: AttentionScores): tf.Tensor3D => {
  if (!queryKeyScale) return x;
  const rest = tf.ones<tf.Rank.R1>([x.shape[2] - queryKeyScale.size]);
  return tf.mul(x, tf.concat1d([tf.square(queryKeyScale.value), rest]));
};
