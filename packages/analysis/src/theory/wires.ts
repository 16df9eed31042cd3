import {
  leaveWeights,
  type Residual,
  type StreamLeave,
  type StreamNorms,
  type StreamPlan,
} from '@steadyformer/core';
import type { StackDescription } from './description';
import { centres, powerBehind } from './norms';
import { type Covariance, type Row, rowOf, timesFactors } from './streamAlgebra';

/** Variances of streams and what they have in common, centred, and the mean of a token's features. */
export interface FeatureMoments {
  /** [n][n] */
  readonly features: Covariance;
  /** [n] */
  readonly mean: readonly number[];
}

/** What norms multiply streams by, each of a feature's power about its mean or about 0. */
export const normFactors = (
  norms: StreamNorms | undefined,
  { features, mean }: FeatureMoments,
  width: number,
): number[] =>
  features.map((row, j) => {
    const norm = norms?.[j];
    const power = row[j]! + (norm && centres(norm) ? 0 : mean[j]! ** 2);
    return norm && power > 0 ? Math.sqrt(powerBehind(norm, width) / power) : 1;
  });

/** Means of streams, which a norm that centres takes away. */
export const centredMeans = (mean: readonly number[], norms: StreamNorms = []): number[] =>
  mean.map((value, k) => (norms[k] && centres(norms[k]) ? 0 : value));

/** How one stream goes through a residual. */
const ONE_STREAM: StreamPlan = { read: [1], carry: [[1]], write: [1] };

/** The numbers by which a residual reads, carries and writes streams of these covariances; omega not yet in them. */
export const wiresOf = (
  { streams }: Residual,
  moments: FeatureMoments,
  width: number,
): { readonly read: Row; readonly carry: readonly Row[]; readonly write: readonly number[] } => {
  const { read, carry, write, readNorms, carryNorms }: StreamPlan = streams ?? ONE_STREAM;
  const carried = normFactors(carryNorms, moments, width);
  return {
    read: timesFactors(rowOf(read), normFactors(readNorms, moments, width)),
    carry: carry.map((row) => timesFactors(rowOf(row), carried)),
    write,
  };
};

/** The norm of each sum behind a residual. */
export const sumNorms = ({ after, streams }: Residual): StreamNorms => [
  after,
  ...(streams?.after?.slice(1) ?? []),
];

/** How streams leave, as a description holds it: nothing where one stream leaves as it is. */
export const describedLeave = (leave: StreamLeave | undefined): Pick<StackDescription, 'leave'> =>
  leave ? { leave: { read: leave.read, ...(leave.norms ? { norms: leave.norms } : {}) } } : {};

/** The weights by which streams of these covariances leave. */
export const leaveOf = (leave: StreamLeave | undefined, moments: FeatureMoments, width: number): Row =>
  timesFactors(
    rowOf(leaveWeights(leave?.read ?? 'first', moments.features.length)),
    normFactors(leave?.norms, moments, width),
  );
