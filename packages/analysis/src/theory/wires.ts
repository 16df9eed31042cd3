import {
  leaveWeights,
  type NormSpec,
  type Residual,
  type StreamLeave,
  type StreamNorms,
  type StreamPlan,
} from '@steadyformer/core';
import type { StackDescription } from './description';
import { powerBehind } from './norms';
import { type Covariance, type Row, rowOf, timesFactors } from './streamAlgebra';

/** What a norm multiplies a stream of this variance by. */
export const normFactor = (norm: NormSpec | undefined, variance: number, width: number): number =>
  norm && variance > 0 ? Math.sqrt(powerBehind(norm, width) / variance) : 1;

const factorsOf = (norms: StreamNorms | undefined, covariance: Covariance, width: number): number[] =>
  covariance.map((row, j) => normFactor(norms?.[j], row[j]!, width));

/** How one stream goes through a residual. */
const ONE_STREAM: StreamPlan = { read: [1], carry: [[1]], write: [1] };

/** The numbers by which a residual reads, carries and writes streams of these covariances; omega not yet in them. */
export const wiresOf = (
  { streams }: Residual,
  covariance: Covariance,
  width: number,
): { readonly read: Row; readonly carry: readonly Row[]; readonly write: readonly number[] } => {
  const { read, carry, write, readNorms, carryNorms }: StreamPlan = streams ?? ONE_STREAM;
  const carried = factorsOf(carryNorms, covariance, width);
  return {
    read: timesFactors(rowOf(read), factorsOf(readNorms, covariance, width)),
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
export const leaveOf = (leave: StreamLeave | undefined, covariance: Covariance, width: number): Row =>
  timesFactors(
    rowOf(leaveWeights(leave?.read ?? 'first', covariance.length)),
    factorsOf(leave?.norms, covariance, width),
  );
