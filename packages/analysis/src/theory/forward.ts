import {
  type BranchMoments,
  check,
  checkInteger,
  checkNumber,
  checkRecord,
  initialOf,
  invalidArgument,
  SteadyformerError,
  type TokenMoments,
} from '@steadyformer/core';
import { branchMoments, changeUnder, relativeChange, type StreamMoments, streamMoments } from './closedForm';
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
    // What the norm takes away the next omega gives back; without a norm there is nothing to give.
    profiledSquare = branch.residual.after ? omega ** 2 * stream.variance + moments.variance : 1;
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
  const { residual } = branch;
  const alpha = branch.alpha ?? (initialOf(residual.branchScale) as number);
  // A norm takes the mean away, so that only centred moments pass.
  const input = residual.before
    ? { power: 1, covariance: ratio(stream.tokens, stream.variance) }
    : { power: stream.variance + stream.meanSquare, covariance: stream.tokens + stream.meanSquare };
  const closed = closedForm(branch, streamMoments(input, tokens));
  const inner = residual.inside && closed ? closed.power : 1;
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
  const growth = residual.before && stream.variance > 0 ? 1 / stream.variance : 1;
  return {
    variance,
    tokens: closed && closed.power > 0 ? variance * ratio(closed.covariance, closed.power) : 0,
    change: changeOf(branch, variance, scale, closed, perturbation),
    gradientGain: branch.gradientGain ?? gradientGainOf(variance, scale, closed, input) * growth,
  };
};

type ClosedForm = Required<Omit<BranchMoments, 'change'>> & Pick<BranchMoments, 'change'>;

/** The moments of a branch in closed form: its own, or those of its form. */
const closedForm = (
  { moments, form, path }: BranchDescription,
  input: StreamMoments,
): ClosedForm | undefined => {
  if (!moments) return form && branchMoments(form, input);
  const stated = moments(input);
  checkRecord(`moments() of the branch ${path}`, stated, '{ power }');
  const { power, covariance = 0, gradientGain = ratio(power, input.power), change } = stated;
  const { absolute = 0, relative = 0 } = change ?? {};
  const all = { power, covariance, gradientGain, 'change.absolute': absolute, 'change.relative': relative };
  for (const [name, value] of Object.entries(all)) {
    const may = name === 'covariance' ? 'finite numbers' : 'numbers >= 0';
    checkNumber(
      `moments() of the branch ${path}: ${name}`,
      value,
      may,
      (x) => name === 'covariance' || x >= 0,
    );
  }
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
  const omega = branch.omega ?? initialOf(branch.residual.shortcutScale);
  return omega === 'profiled' ? Math.sqrt(profiledSquare) : omega;
};

const checkBranch = (branch: BranchDescription, i: number): void => {
  const what = `branch ${i + 1} of the description`;
  checkRecord(what, branch, '{ path, residual, variance }');
  checkRecord(`residual of ${what}`, branch.residual, 'a residual record');
  for (const key of ['shortcutScale', 'branchScale'] as const) {
    checkRecord(`${key} of ${what}`, branch.residual[key], "a scale, such as { kind: 'one' }");
  }
  const { moments, residual } = branch;
  if (branch.alpha === undefined)
    checkNumber(`branchScale of ${what}`, initialOf(residual.branchScale) as number);
  check(
    moments === undefined || typeof moments === 'function',
    `moments of ${what}`,
    moments,
    'a function of the input',
  );
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
