import { invalidArgument, type Passing, type Residual, type TokenMoments } from '@steadyformer/core';
import { closedForm, streamMoments } from './closedForm';
import { correlationOf } from './coherence';
import type { BranchDescription, Perturbation, TokensDescription } from './description';
import type { LogitMoments } from './logitMoments';
import { centres, normed } from './norms';
import { ownChange } from './ownChange';
import { through, timesPassing } from './passing';
import { alphaOf, rhoOf } from './scalesInForce';

/** The stream before a branch. */
export interface StreamState {
  readonly variance: number;
  /** Squared mean of a token's features: positions have one, and only a norm takes it away. */
  readonly meanSquare: number;
  /** Covariance of two tokens. */
  readonly tokens: number;
  /** Of two tokens of two sentences. */
  readonly apart: number;
}

/** Moments of what a branch adds to the stream, its norm, its inner norm and its scale included. */
export interface ScaledMoments {
  readonly variance: number;
  /** Covariance of two tokens, and of two of two sentences. */
  readonly tokens: number;
  readonly apart: number;
  /** Of its change by its own weights, and of two tokens' such changes. */
  readonly change: number;
  readonly changeTokens: number;
  /** What it makes of a change of the stream that it reads, before its norm. */
  readonly passes: Passing;
  readonly gradientGain: number;
  readonly dispersion: number;
  readonly logits?: LogitMoments;
}

/** Var[a_i] and what else the theory needs of a branch that reads this stream. */
export const momentsOf = (
  branch: BranchDescription,
  stream: StreamState,
  tokens: TokensDescription,
  perturbation: Perturbation,
  width: number,
): ScaledMoments => {
  const { residual } = branch;
  const alpha = alphaOf(branch);
  const read = rhoOf(branch) ** 2;
  const behindNorm = normed(residual.before, readFrom(residual, stream), width);
  const input = streamMoments(
    {
      power: read * behindNorm.power,
      covariance: read * behindNorm.covariance,
      apart: read * normed(residual.before, apartFrom(residual, stream), width).covariance,
    },
    tokens,
  );
  const entering = timesPassing(read, behindNorm.passes);
  const closed = closedForm(branch, input);
  const inner = closed && normed(residual.inside, closed, width);
  const innerApart = closed && normed(residual.inside, { ...closed, covariance: closed.apart }, width);
  const variance = branch.variance ?? (inner ? alpha ** 2 * inner.power : undefined);
  if (variance === undefined || !(variance >= 0) || !Number.isFinite(variance)) {
    throw invalidArgument({
      what: `variance of the branch ${branch.path}`,
      received: variance,
      allowed: 'numbers >= 0, or a branch with a closed form',
      next: 'Give Var[a_i], for instance from measureBranches() or profile(), or the branch a closed form, moments(input).',
    });
  }
  // A variance that was given stands for the scale as well.
  const gain = inner && inner.power > 0 ? variance / inner.power : alpha ** 2;
  const slope = gain * (inner?.passes.power.power ?? 1);
  const change = ownChange(branch, { variance, slope, closed, input, width, perturbation });
  /** Theorem 2 to the letter, and all that is known without a closed form: a branch passes on what it reads. */
  const relative = timesPassing(variance, timesPassing(input.power > 0 ? 1 / input.power : 0, entering));
  // Where nothing is known tokens keep what they have in common.
  const correlation = correlationOf(closed ?? input);
  return {
    variance,
    tokens: inner ? gain * inner.covariance : variance * correlation,
    apart: innerApart
      ? gain * innerApart.covariance
      : variance * correlationOf({ ...input, covariance: input.apart }),
    change,
    changeTokens: change * (closed?.change?.correlation ?? correlation),
    passes:
      closed && inner && perturbation.kind !== 'unit'
        ? timesPassing(gain, through(entering, through(closed.passes, inner.passes)))
        : relative,
    gradientGain:
      branch.gradientGain ??
      (closed ? slope * closed.gradientGain * entering.power.power : relative.power.power),
    // One matrix of independent entries, where nothing is known.
    dispersion: closed?.dispersion ?? 1,
    ...(closed?.logits ? { logits: closed.logits } : {}),
  };
};

/** What the norm before a branch sees, or the branch: a norm that takes the mean away lets centred moments pass alone. */
export const readFrom = (
  { before }: Residual,
  { variance, tokens, meanSquare }: StreamState,
): TokenMoments => {
  const mean = before !== undefined && centres(before) ? 0 : meanSquare;
  return { power: variance + mean, covariance: tokens + mean };
};

/** The same of two tokens of two sentences. */
const apartFrom = (residual: Residual, stream: StreamState): TokenMoments =>
  readFrom(residual, { ...stream, tokens: stream.apart });
