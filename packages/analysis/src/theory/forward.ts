import {
  check,
  checkInteger,
  checkNumber,
  checkRecord,
  initialOf,
  invalidArgument,
  type Residual,
  type StreamNorms,
  streamsBefore,
  type TokenMoments,
} from '@steadyformer/core';
import { correlationOf } from './coherence';
import type { BranchDescription, InputDescription, Perturbation, StackDescription } from './description';
import { momentsOf, readFrom, type ScaledMoments, type StreamState } from './moments';
import { isFollowed, isKnownNorm } from './norms';
import { omegaOf } from './scalesInForce';
import type { Resolved, Step } from './step';
import { between, type Covariance, copies, divided, dot, joined, type Row, rowOf } from './streamAlgebra';
import { centredMeans, type FeatureMoments, leaveOf, normFactors, sumNorms, wiresOf } from './wires';

/** Moments of n streams: of a token's features and between two tokens. */
interface Streams extends FeatureMoments {
  /** [n][n] */
  readonly tokens: Covariance;
  /** Between two tokens of two sentences. [n][n] */
  readonly apart: Covariance;
}

/**
 * Turns a description into numbers, in forward order. Branches count as uncorrelated with the streams; what one hands on to
 * others beside its output is not followed.
 */
export const forward = (description: StackDescription, perturbation: Perturbation): Resolved => {
  const input = description.input ?? { variance: 1 };
  checkInput(input);
  const tokens = description.tokens ?? { count: 32 };
  checkRecord('tokens', tokens, '{ count }');
  checkInteger('tokens.count', tokens.count);
  const { branches, leave, width = branches.find(({ form }) => form)?.form?.width ?? 1 } = description;
  checkNorms('streams that leave', leave?.norms ?? []);
  for (const [i, branch] of branches.entries()) checkBranch(branch, i);
  const entering = branches[0] ? streamsBefore(branches[0].residual) : 1;
  let streams: Streams = {
    features: copies(entering, input.variance),
    tokens: copies(entering, input.variance * (input.correlation ?? 0)),
    apart: copies(entering, input.variance * (input.correlation ?? 0)),
    mean: new Array<number>(entering).fill(
      Math.sqrt((input.secondMoment ?? input.variance) - input.variance),
    ),
  };
  let profiledSquare = 1;
  const steps: Step[] = [];
  for (const [i, branch] of branches.entries()) {
    const { features } = streams;
    checkFit(branches, i, features.length);
    const residual = inForce(branch);
    const { read, carry: unscaled, write } = wiresOf(residual, streams, width);
    const stream: StreamState = {
      variance: between(read, features),
      meanSquare: dot(read, centredMeans(streams.mean, residual.streams?.readNorms)) ** 2,
      tokens: between(read, streams.tokens),
      apart: between(read, streams.apart),
    };
    const moments = momentsOf(branch, stream, tokens, perturbation, width);
    const omega = resolvedOmega(branch, profiledSquare);
    // What the norm takes away the next omega gives back; without a norm there is nothing to give.
    profiledSquare = residual.after ? omega ** 2 * features[0]![0]! + moments.variance : 1;
    const carry = unscaled.map((row, k) => (k === 0 ? withOmega(row, omega) : row));
    const carried = { ...streams, mean: centredMeans(streams.mean, residual.streams?.carryNorms) };
    const sums = behind(carried, carry, write, moments);
    const norms = sumNorms(residual);
    const divisors = normFactors(norms, sums, width).map((factor) => 1 / factor);
    const next = {
      features: divided(sums.features, divisors),
      tokens: divided(sums.tokens, divisors),
      apart: divided(sums.apart, divisors),
      mean: centredMeans(sums.mean, norms).map((value, k) => value / divisors[k]!),
    };
    const seen = write.findIndex((weight) => weight !== 0);
    const out = leaveOf(leave, next, width);
    const leaveVariance = between(out, next.features);
    steps.push({
      path: branch.path,
      omega,
      variance: moments.variance,
      change: moments.change,
      changeTokens: moments.changeTokens,
      passes: moments.passes,
      gradientGain: moments.gradientGain,
      dispersion: moments.dispersion,
      inputCorrelation: correlationOf(readFrom(residual, stream)),
      ...(moments.logits ? { logits: moments.logits } : {}),
      tokenCorrelation: correlationOf(uncentred(next, seen)),
      sumVariance: sums.features[seen]![seen]!,
      before: features.length,
      ...{ read, carry, write, divisors },
      leave: out,
      leaveVariance,
      leaveCorrelation: leaveVariance > 0 ? between(out, next.tokens) / leaveVariance : 0,
    });
    streams = next;
  }
  return { input, steps };
};

/** Moments of one of several streams, about 0. */
const uncentred = ({ features, tokens, mean }: Streams, k: number): TokenMoments => ({
  power: features[k]![k]! + mean[k]! ** 2,
  covariance: tokens[k]![k]! + mean[k]! ** 2,
});

/** The record with the weights of streams in force. */
const inForce = ({ residual, streams }: BranchDescription): Residual =>
  streams && residual.streams ? { ...residual, streams: { ...residual.streams, ...streams } } : residual;

const withOmega = (row: Row, omega: number): Row =>
  row.map(({ stream, weight }) => ({ stream, weight: stream === 0 ? omega * weight : weight }));

/** The sums behind a residual, before their norms. */
const behind = (
  { features, tokens, apart, mean }: Streams,
  carry: readonly Row[],
  write: readonly number[],
  moments: ScaledMoments,
): Streams => {
  const to = rowOf(write);
  return {
    features: joined(carry, features, { to, variance: moments.variance }),
    tokens: joined(carry, tokens, { to, variance: moments.tokens }),
    apart: joined(carry, apart, { to, variance: moments.apart }),
    mean: carry.map((row) => dot(row, mean)),
  };
};

const resolvedOmega = (branch: BranchDescription, profiledSquare: number): number => {
  const omega = omegaOf(branch);
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
  const { before, inside, after, streams } = residual;
  checkNorms(branch.path, [before], ' before', isFollowed);
  checkNorms(branch.path, [inside], ' inside', isFollowed);
  const { readNorms = [], carryNorms = [], after: others = [] } = streams ?? {};
  checkNorms(branch.path, [after, ...others, ...readNorms, ...carryNorms], ' after');
};

/** Throws on a norm of which theory does not know what power it leaves. */
const checkNorms = (path: string, norms: StreamNorms, where = '', known = isKnownNorm): void => {
  const next = 'The theory knows no other norm: measure with outputChange().';
  const unknown = norms.find((norm) => norm !== undefined && !known(norm));
  const name = typeof unknown === 'object' ? unknown.name : unknown;
  check(
    unknown === undefined,
    `norm${where} ${path}`,
    name,
    "'layer', 'rms', 'scale' and those that state outputPower",
    next,
  );
};

/** Throws where a residual reads another number of streams than there are. */
const checkFit = (branches: readonly BranchDescription[], i: number, streams: number): void => {
  const { path, residual } = branches[i]!;
  const next = 'The rows of one carry must be as many as the weights of the next read.';
  check(
    streamsBefore(residual) === streams,
    `streams into ${path}`,
    streams,
    `${streamsBefore(residual)}`,
    next,
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
