import {
  check,
  checkInteger,
  checkNumber,
  checkRecord,
  initialOf,
  invalidArgument,
  type NormKind,
} from '@steadyformer/core';
import type { BranchDescription, InputDescription, Perturbation, StackDescription } from './description';
import { momentsOf, type ScaledMoments, type StreamState } from './moments';
import type { Resolved, Step } from './step';

/** Linear moments of the stream within a block: the stream is `share` times the block's input plus the rest. */
interface Stream extends StreamState {
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

/** The norms after which every token has the same power. */
const NORMS: readonly NormKind[] = ['layer', 'rms', 'scale'];

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
