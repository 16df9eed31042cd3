import type { TokenMoments } from '@steadyformer/core';

/** What a sign keeps of the square of a Gaussian's amplitude. */
export const KEPT: number = 2 / Math.PI;

/**
 * A gradient is a sum over tokens of g x^T; moving a row of weights against its signs moves what it makes of a token x by
 * the sum of |x_i| where all tokens agree, not by that of random signs: so many times as far in square.
 */
export const gathered = (inputs: number, common: number): number => KEPT * inputs * common;

/** The share of a token's input that the sum over n tokens has in common with it. */
export const shared = (correlation: number, n: number): number =>
  Math.max(0, correlation) + (1 - Math.max(0, correlation)) / n;

/** Changes by several matrices of one branch have one direction, against the gradient of its output. */
export const coherent = (...squares: readonly number[]): number =>
  squares.reduce((sum, square) => sum + Math.sqrt(square), 0) ** 2;

export const correlationOf = ({ power, covariance }: TokenMoments): number =>
  power > 0 ? covariance / power : 0;
