import {
  type BranchMoments,
  fields,
  finite,
  initialOf,
  invalidArgument,
  parseAs,
  SteadyformerError,
  type TokenMoments,
} from '@steadyformer/core';
import * as v from 'valibot';
import { branchMoments, changeUnder, relativeChange, streamMoments } from './closedForm';
import type {
  BranchDescription,
  MatricesDescription,
  Perturbation,
  StreamMoments,
  TokensDescription,
} from './description';
import { powerBehind } from './wires';

/** The stream before a branch. */
export interface StreamState {
  readonly variance: number;
  /** Squared mean of a token's features: positions have one, and only a norm takes it away. */
  readonly meanSquare: number;
  /** Covariance of two tokens. */
  readonly tokens: number;
}

/** Moments of what a branch adds to the stream, its norm, its inner norm and its scale included. */
export interface ScaledMoments {
  readonly variance: number;
  readonly tokens: number;
  readonly change: number;
  readonly gradientGain: number;
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
  const alpha = branch.alpha ?? (initialOf(residual.branchScale) as number);
  // A norm takes the mean away, so that only centred moments pass.
  const read = (branch.rho ?? (residual.readScale ? (initialOf(residual.readScale) as number) : 1)) ** 2;
  const normed = residual.before ? read * powerBehind(residual.before, width) : read;
  const input = residual.before
    ? { power: normed, covariance: normed * ratio(stream.tokens, stream.variance) }
    : {
        power: read * (stream.variance + stream.meanSquare),
        covariance: read * (stream.tokens + stream.meanSquare),
      };
  const closed = closedForm(branch, streamMoments(input, tokens));
  const inner = residual.inside && closed ? closed.power / powerBehind(residual.inside, width) : 1;
  const scale = inner > 0 ? alpha ** 2 / inner : 0;
  const variance = branch.variance ?? (closed ? scale * closed.power : undefined);
  if (variance === undefined || !(variance >= 0) || !Number.isFinite(variance)) {
    throw invalidArgument({
      what: `variance of the branch ${branch.path}`,
      received: variance,
      allowed: 'numbers >= 0, or a branch with a closed form',
      next: 'Give Var[a_i], for instance from measureBranches() or profile(), or the branch a closed form, moments(input).',
    });
  }
  const growth = residual.before && stream.variance > 0 ? normed / stream.variance : read;
  return {
    variance,
    tokens: closed && closed.power > 0 ? variance * ratio(closed.covariance, closed.power) : 0,
    change: changeOf(branch, variance, scale, closed, perturbation),
    gradientGain: branch.gradientGain ?? gradientGainOf(variance, scale, closed, input) * growth,
  };
};

const statedSchema = () => {
  const positive = finite('numbers >= 0', (value) => value >= 0);
  return fields({
    power: positive,
    covariance: v.optional(finite()),
    gradientGain: v.optional(positive),
    change: v.optional(fields({ absolute: positive, relative: positive })),
  });
};

type ClosedForm = Required<Omit<BranchMoments, 'change'>> & Pick<BranchMoments, 'change'>;

/** The moments of a branch in closed form: its own, or those of its form. */
const closedForm = (
  { moments, form, path }: BranchDescription,
  input: StreamMoments,
): ClosedForm | undefined => {
  if (!moments) return form && branchMoments(form, input);
  const { power, covariance = 0, ...rest } = parseAs(statedSchema(), moments(input), `${path} moments()`);
  const { gradientGain = ratio(power, input.power), change } = rest;
  return { power, covariance, gradientGain, ...(change ? { change } : {}) };
};

const changeOf = (
  branch: BranchDescription,
  variance: number,
  scale: number,
  closed: ClosedForm | undefined,
  perturbation: Perturbation,
): number => {
  if (branch.change !== undefined) return branch.change * variance;
  if (perturbation.kind === 'unit') return variance;
  const stated = closed?.change && changeUnder(perturbation, closed.change);
  if (stated !== undefined && branch.variance === undefined) return scale * stated;
  const relative = relativeOf(branch, closed, stated, perturbation);
  if (relative !== undefined && Number.isFinite(relative)) return relative * variance;
  throw new SteadyformerError(
    `the change of the branch ${branch.path} under a '${perturbation.kind}' perturbation is unknown: give its C_i, ` +
      `of a model as predict(model, { changes: { '${branch.path}': C } }), of a described branch as its change or its ` +
      "form; or predict with { kind: 'unit' }",
  );
};

/** C of a branch whose variance was given: that of its form whatever the input, of its own closed form, or of its weights. */
const relativeOf = (
  { form, moments, matrices }: BranchDescription,
  closed: ClosedForm | undefined,
  stated: number | undefined,
  perturbation: Exclude<Perturbation, { kind: 'unit' }>,
): number | undefined => {
  if (form && !moments) return relativeChange(form, perturbation);
  return closed && stated !== undefined && closed.power > 0
    ? stated / closed.power
    : matricesChange(matrices, perturbation);
};

const matricesChange = (
  matrices: MatricesDescription | undefined,
  perturbation: Exclude<Perturbation, { kind: 'unit' }>,
): number | undefined => {
  if (!matrices) return undefined;
  return perturbation.kind === 'sign'
    ? perturbation.size ** 2 * matrices.inverseSquares
    : perturbation.ratio ** 2 * matrices.count;
};

/** A branch of unknown inside is taken as symmetric: its backward gain is its forward one. */
const gradientGainOf = (
  variance: number,
  scale: number,
  closed: ClosedForm | undefined,
  input: TokenMoments,
): number => {
  if (!closed) return ratio(variance, input.power);
  const forwardGain = scale * closed.power;
  return scale * closed.gradientGain * (forwardGain > 0 ? variance / forwardGain : 1);
};

const ratio = (a: number, b: number): number => (b > 0 ? a / b : 0);
