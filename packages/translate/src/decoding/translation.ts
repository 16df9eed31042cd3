import type { Hypothesis } from './hypothesis';

/** A hypothesis and its text. */
export interface SpokenHypothesis extends Hypothesis {
  readonly text: string;
  /** Where those of all were asked for. */
  readonly alignment?: Alignment;
}

/** What a source was translated to. */
export interface Translation {
  readonly text: string;
  /** Of the best hypothesis; 0, the logarithm of certainty, for a blank source. */
  readonly score: number;
  /** All hypotheses kept, best first. */
  readonly hypotheses: readonly SpokenHypothesis[];
  /** Of the best hypothesis, where asked for. */
  readonly alignment?: Alignment;
}

/**
 * What the tokens of a translation look at: the attention to the source of the decoder's last layer, the mean of its heads (and
 * of several models), at the step that says the token.
 */
export interface Alignment {
  /** The tokens of the source and of the hypothesis, as the vocabularies have them, the end included. */
  readonly source: readonly string[];
  readonly target: readonly string[];
  /** A row a token of the target, a number a token of the source; rows sum to 1. */
  readonly weights: readonly (readonly number[])[];
  /**
   * Each word of the target with the word of the source that it sees most, counted from 0, in order of the source: words stand
   * between spaces, their tokens are taken together, and the end takes no part. `pharaoh` writes them.
   */
  readonly words: readonly (readonly [source: number, target: number])[];
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
