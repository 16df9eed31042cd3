import type { NormSpec, Passing, TokenMoments } from '@steadyformer/core';
import { correlationOf } from './coherence';
import { gaussianMoments } from './gaussian';
import { tokenwise } from './passing';

/** Whether theory knows what power a norm leaves, whatever enters. */
export const isKnownNorm = (norm: NormSpec): boolean =>
  typeof norm === 'string' ? ['layer', 'rms', 'scale'].includes(norm) : norm.outputPower !== undefined;

/** Whether theory can follow a norm before or inside a branch. */
export const isFollowed = (norm: NormSpec): boolean =>
  isKnownNorm(norm) || (typeof norm === 'object' && norm.elementwise !== undefined);

/** Whether a norm takes the mean of a token's features away. */
export const centres = (norm: NormSpec): boolean => norm === 'layer';

/** Second moment of each feature behind a norm, where that does not depend on what enters. */
export const powerBehind = (norm: NormSpec, width: number): number =>
  typeof norm === 'string' ? 1 : (norm.outputPower?.(width) ?? 1);

/** Norms of a branch by their names. */
export type Norms = Readonly<Record<string, NormSpec | undefined>>;

/** Norms of values and of what is mixed; those of queries and keys leave weights even, or nearly. */
export const normsOf = ({
  valueNorm,
  innerNorm,
}: Norms): { readonly valueNorm?: NormSpec; readonly innerNorm?: NormSpec } => ({
  ...(valueNorm ? { valueNorm } : {}),
  ...(innerNorm ? { innerNorm } : {}),
});

/** Whether theory can follow them all. */
export const allFollowed = (norms: Norms = {}): boolean => Object.values(normsOf(norms)).every(isFollowed);

/** What is behind a map, and what of a change of its input. */
export interface Mapped extends TokenMoments {
  readonly passes: Passing;
}

/**
 * A norm of Gaussian features. One that leaves a power whatever enters scales by one number, as the change of a token's
 * length is 1 / D of a random change; one that squashes every feature by itself passes changes by its slopes.
 */
export const normed = (norm: NormSpec | undefined, input: TokenMoments, width: number): Mapped => {
  if (norm === undefined) return { power: input.power, covariance: input.covariance, passes: tokenwise(1) };
  const correlation = correlationOf(input);
  const squash = typeof norm === 'object' && norm.outputPower === undefined ? norm.elementwise : undefined;
  if (squash) {
    const { power, covariance, slope, slopes } = gaussianMoments(squash, input.power);
    return { power, covariance: covariance(correlation), passes: tokenwise(slope, slopes(correlation)) };
  }
  const power = powerBehind(norm, width);
  return {
    power,
    covariance: power * correlation,
    passes: tokenwise(input.power > 0 ? power / input.power : 1),
  };
};
