import type * as tf from '@tensorflow/tfjs';
import { checkNumber, checkOptions } from '../checks/errors';
import type { Module, Parameter } from '../state/module';

/** What multiplies queries, and with them scores. */
export interface QueryScale extends Module {
  /** [H Dh] */
  readonly scale: Parameter<tf.Rank.R1>;
  /** x [B, T, H Dh + ..], queries in the first columns: as x. */
  call(x: tf.Tensor3D): tf.Tensor3D;
}

/** One as an object: its name in summaries, and how it is made for queries of this width. */
export interface QueryScaleFactory {
  readonly name: string;
  readonly make: (queryWidth: number) => QueryScale;
}

/** How scores, the products of queries and keys, become probabilities. */
export interface AttentionScoreOptions {
  /**
   * What scores are multiplied by: a number, or the features of a head to a power. Default `{ power: -0.5 }`,
   * 1 / sqrt(Dh); muP and CompleteP take -1, nGPT 0.5.
   */
  readonly scale?: number | { readonly power: number } | undefined;
  /** c: scores s become c tanh(s / c) before any mask (Gemma 2). Default none. */
  readonly logitCap?: number | undefined;
  /** A trained scale of queries and keys, after positions have turned them: `queryKeyScale()`. Default none. */
  readonly queryKeyScale?: QueryScaleFactory | undefined;
}

/** What the options ask for, as fields of an attention layer. */
export interface AttentionScores {
  readonly scale: number;
  readonly logitCap?: number | undefined;
}

const positive = (what: string, value: number): number =>
  checkNumber(what, value, 'numbers > 0', (number) => number > 0);

/** @throws SteadyformerError on a scale or cap that is no number above 0. */
export const attentionScores = (
  headWidth: number,
  { scale = 1 / Math.sqrt(headWidth), logitCap }: AttentionScoreOptions,
  where: string,
): AttentionScores => {
  if (logitCap !== undefined) positive(`${where} logitCap`, logitCap);
  if (typeof scale !== 'object') return { scale: positive(`${where} scale`, scale), logitCap };
  const what = `${where} scale`;
  checkOptions(scale, ['power'], what);
  return { scale: headWidth ** checkNumber(`${what}.power`, scale.power), logitCap };
};
