import { invalidArgument, type SharedConfig } from '@steadyformer/core';

/** Where a model's positions have no end, texts still have one: fairseq's `max-source-` and `max-target-positions`. */
export const LONGEST = 1024;

/** Tokens a translation may have unless a caller says otherwise: what n source tokens, the end included, come to. */
export const usualLength = (sourceTokens: number): number => 2 * sourceTokens + 10;

/** Positions that a model has learned vectors for; undefined where it knows any. */
export const learnedPositions = ({ positions }: Pick<SharedConfig, 'positions'>): number | undefined =>
  positions.kind === 'learned' ? positions.length : undefined;

/**
 * Most tokens of one translation, the end included: what the caller's function says of this source alone, within the
 * model's positions, or where these have no end within the larger of 1024 and 2 n + 10.
 *
 * @throws SteadyformerError where the function gives no number of at least 1.
 */
export const lengthLimit = (
  maxLength: (sourceTokens: number) => number,
  sourceTokens: number,
  positions: number | undefined,
): number => {
  const wanted = maxLength(sourceTokens);
  if (typeof wanted !== 'number' || !(wanted >= 1)) {
    throw invalidArgument({
      what: `maxLength of ${sourceTokens} source tokens`,
      received: wanted,
      allowed: 'numbers of at least 1',
    });
  }
  return Math.floor(Math.min(wanted, positions ?? Math.max(LONGEST, usualLength(sourceTokens))));
};
