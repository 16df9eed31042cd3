import type { Hypothesis } from './hypothesis';

export interface Translation {
  readonly text: string;
  /** Of the best hypothesis; 0, the logarithm of certainty, for a blank source. */
  readonly score: number;
  /** All hypotheses kept, best first. */
  readonly hypotheses: readonly (Hypothesis & { readonly text: string })[];
  /** Where asked for. */
  readonly alignment?: Alignment;
}

/** What the tokens of a translation look at, by the last decoder layer's attention to the source, its heads' mean. */
export interface Alignment {
  /** The tokens of the source and of the best hypothesis, as the vocabularies have them, the end included. */
  readonly source: readonly string[];
  readonly target: readonly string[];
  /** A row a token of the target, a number a token of the source; rows sum to 1. */
  readonly weights: readonly (readonly number[])[];
}

/** What a model says of a translation that is given. */
export interface ScoredTranslation {
  /** Its tokens, without the end. */
  readonly ids: readonly number[];
  /** Sum of the log-probabilities of its tokens, the end's included. */
  readonly logProbability: number;
  /** Those of each token, the end's last. */
  readonly tokenScores: readonly number[];
  /** logProbability over the number of tokens, the end included. */
  readonly score: number;
}

/** The translation of a text of several sentences. */
export interface TextTranslation {
  readonly text: string;
  /** One a sentence, in order. */
  readonly sentences: readonly Translation[];
}
