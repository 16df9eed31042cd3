import { checkNumber, checkOptions } from '../checks/errors';

/** How scores, the products of queries and keys, become probabilities. */
export interface AttentionScoreOptions {
  /**
   * What scores are multiplied by: a number, or the features of a head to a power. Default `{ power: -0.5 }`,
   * 1 / sqrt(Dh); muP and CompleteP take -1, nGPT 0.5.
   */
  readonly scale?: number | { readonly power: number } | undefined;
  /** c: scores s become c tanh(s / c) before any mask (Gemma 2). Default none. */
  readonly logitCap?: number | undefined;
}

/** The options, as numbers. */
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
