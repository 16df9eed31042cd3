import {
  check,
  checkInteger,
  checkRecord,
  invalidArgument,
  type NormKind,
  type Scale,
  SteadyformerError,
} from '@steadyformer/core';
import { type BranchMoments, branchMoments, relativeChange, type TokenMoments } from './closedForm';
import type {
  BranchDescription,
  InputDescription,
  MatricesDescription,
  Perturbation,
  StackDescription,
  TokensDescription,
} from './description';

/** One residual with every quantity of the theory as a number. */
export interface Step {
  readonly path: string;
  /** omega_i. */
  readonly omega: number;
  /** v_i = Var[a_i]. */
  readonly variance: number;
  /** Variance of the change of a_i by the branch's own perturbed weights: v_i C_i. */
  readonly change: number;
  /** Backward variance gain of the branch with respect to the stream, its scale and norms included. */
  readonly gradientGain: number;
  /** Second moment of what the branch reads, before its norm: Var[x_{i-1}], with the mean where no norm takes it. */
  readonly inputPower: number;
  /** Var[b_i] of the sum. */
  readonly sumVariance: number;
  /** What the sum is divided by: sqrt(Var[b_i]) with a norm after it, else 1. */
  readonly divisor: number;
  /** Whether the block's input joins the sum. */
  readonly extraShortcut: boolean;
  readonly startsBlock: boolean;
}

export interface Resolved {
  readonly input: InputDescription;
  readonly steps: readonly Step[];
}

/** Linear moments of the stream within a block: the stream is `share` times the block's input plus the rest. */
interface Stream {
  readonly variance: number;
  /** Squared mean of a token's features: positions have one, and only a norm takes it away. */
  readonly meanSquare: number;
  /** Covariance of two tokens. */
  readonly tokens: number;
  readonly share: number;
  readonly blockVariance: number;
  readonly blockTokens: number;
}

/** Turns a description into numbers, in forward order. Branches count as uncorrelated with the stream. */
export const forward = (description: StackDescription, perturbation: Perturbation): Resolved => {
  const input = description.input ?? { variance: 1 };
  checkInput(input);
  const tokens = description.tokens ?? { count: 32 };
  checkRecord('tokens', tokens, '{ count }');
  checkInteger('tokens.count', tokens.count);
  const first = input.variance * (input.correlation ?? 0);
  let stream: Stream = {
    variance: input.variance,
    meanSquare: (input.secondMoment ?? input.variance) - input.variance,
    tokens: first,
    share: 1,
    blockVariance: input.variance,
    blockTokens: first,
  };
  let profiledSquare = 1;
  const steps: Step[] = [];
  for (const [i, branch] of description.branches.entries()) {
    checkBranch(branch, i);
    const startsBlock = i === 0 || branch.block !== description.branches[i - 1]!.block;
    if (startsBlock) {
      stream = { ...stream, share: 1, blockVariance: stream.variance, blockTokens: stream.tokens };
    }
    const moments = momentsOf(branch, stream, tokens, perturbation);
    const omega = omegaOf(branch, profiledSquare);
    profiledSquare = omega ** 2 * stream.variance + moments.variance;
    const { sum, next } = join(stream, branch, omega, moments);
    const extraShortcut = branch.residual.extraShortcut !== undefined;
    steps.push({
      path: branch.path,
      omega,
      variance: moments.variance,
      change: moments.change,
      gradientGain: moments.gradientGain,
      inputPower: stream.variance + (branch.residual.before ? 0 : stream.meanSquare),
      sumVariance: sum,
      divisor: branch.residual.after ? Math.sqrt(sum) : 1,
      extraShortcut,
      startsBlock,
    });
    stream = next;
  }
  return { input, steps };
};

interface ScaledMoments {
  readonly variance: number;
  readonly tokens: number;
  readonly change: number;
  readonly gradientGain: number;
}

const momentsOf = (
  branch: BranchDescription,
  stream: Stream,
  tokens: TokensDescription,
  perturbation: Perturbation,
): ScaledMoments => {
  const { residual, form } = branch;
  const alpha = branch.alpha ?? scaleOf(residual.branchScale);
  // A norm takes the mean away, so that only centred moments pass.
  const input = residual.before
    ? { power: 1, covariance: ratio(stream.tokens, stream.variance) }
    : { power: stream.variance + stream.meanSquare, covariance: stream.tokens + stream.meanSquare };
  const closed = form ? branchMoments(form, input, tokens, perturbation) : undefined;
  const inner = residual.inside && closed ? closed.output.power : 1;
  const scale = inner > 0 ? alpha ** 2 / inner : 0;
  const variance = branch.variance ?? (closed ? scale * closed.output.power : undefined);
  if (variance === undefined || !(variance >= 0) || !Number.isFinite(variance)) {
    throw invalidArgument({
      what: `variance of the branch ${branch.path}`,
      received: variance,
      allowed: 'numbers >= 0, or a branch with a closed form',
      next: 'Give Var[a_i], for instance from measureBranches() or profile().',
    });
  }
  const growth = residual.before && stream.variance > 0 ? 1 / stream.variance : 1;
  return {
    variance,
    tokens:
      closed && closed.output.power > 0 ? variance * ratio(closed.output.covariance, closed.output.power) : 0,
    change: changeOf(branch, variance, scale, closed, perturbation),
    gradientGain: branch.gradientGain ?? gradientGainOf(variance, scale, closed, input) * growth,
  };
};

const changeOf = (
  branch: BranchDescription,
  variance: number,
  scale: number,
  closed: BranchMoments | undefined,
  perturbation: Perturbation,
): number => {
  if (branch.change !== undefined) return branch.change * variance;
  if (perturbation.kind === 'unit') return variance;
  if (closed && branch.variance === undefined) return scale * closed.change;
  const relative = relativeChange(branch.form, perturbation) ?? matricesChange(branch.matrices, perturbation);
  if (relative !== undefined && Number.isFinite(relative)) return relative * variance;
  throw new SteadyformerError(
    `the change of the branch ${branch.path} under a '${perturbation.kind}' perturbation is unknown: give its C_i, ` +
      `of a model as predict(model, { changes: { '${branch.path}': C } }), of a described branch as its change or its ` +
      "form; or predict with { kind: 'unit' }",
  );
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
  closed: BranchMoments | undefined,
  input: TokenMoments,
): number => {
  if (!closed) return ratio(variance, input.power);
  const forwardGain = scale * closed.output.power;
  return scale * closed.gradientGain * (forwardGain > 0 ? variance / forwardGain : 1);
};

const join = (
  stream: Stream,
  branch: BranchDescription,
  omega: number,
  moments: ScaledMoments,
): { readonly sum: number; readonly next: Stream } => {
  const extra = branch.residual.extraShortcut ? 1 : 0;
  const add = (own: number, block: number, branchPart: number): number =>
    omega ** 2 * own + extra * (2 * omega * stream.share + 1) * block + branchPart;
  const sum = add(stream.variance, stream.blockVariance, moments.variance);
  const divisor = branch.residual.after && sum > 0 ? Math.sqrt(sum) : 1;
  return {
    sum,
    next: {
      ...stream,
      variance: sum / divisor ** 2,
      meanSquare: branch.residual.after ? 0 : (omega + extra) ** 2 * stream.meanSquare,
      tokens: add(stream.tokens, stream.blockTokens, moments.tokens) / divisor ** 2,
      share: (omega * stream.share + extra) / divisor,
    },
  };
};

const omegaOf = (branch: BranchDescription, profiledSquare: number): number => {
  if (branch.omega === 'profiled') return Math.sqrt(profiledSquare);
  return branch.omega ?? scaleOf(branch.residual.shortcutScale);
};

const scaleOf = (scale: Scale): number => {
  if (scale.kind === 'one') return 1;
  return scale.kind === 'constant' ? scale.value : scale.initial;
};

/** The norms after which every token has the same power. */
const NORMS: readonly NormKind[] = ['layer', 'rms', 'scale'];

const checkBranch = (branch: BranchDescription, i: number): void => {
  const what = `branch ${i + 1} of the description`;
  checkRecord(what, branch, '{ path, residual, variance }');
  checkRecord(`residual of ${what}`, branch.residual, 'a residual record');
  for (const key of ['shortcutScale', 'branchScale'] as const) {
    checkRecord(`${key} of ${what}`, branch.residual[key], "a scale, such as { kind: 'one' }");
  }
  for (const key of ['before', 'inside', 'after'] as const) {
    const norm = branch.residual[key];
    const next = 'The theory knows no other norm: measure with outputChange().';
    const known = norm === undefined || NORMS.includes(norm as NormKind);
    const name = typeof norm === 'object' ? norm.name : norm;
    check(known, `norm ${key} ${branch.path}`, name, "'layer', 'rms', 'scale'", next);
  }
};

const checkInput = (input: InputDescription): void => {
  checkRecord('input of the stack', input, '{ variance }');
  const { variance, secondMoment = variance, correlation = 0 } = input;
  if (!(variance >= 0) || !(secondMoment >= variance) || !(Math.abs(correlation) <= 1)) {
    throw invalidArgument({
      what: 'input of the stack',
      received: input,
      allowed: 'variance >= 0, secondMoment >= variance, correlation in [-1, 1]',
    });
  }
};

const ratio = (a: number, b: number): number => (b > 0 ? a / b : 0);
