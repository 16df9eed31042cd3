import {
  type BranchMoments,
  fields,
  finite,
  type Passing,
  parseAs,
  type TokenMoments,
} from '@steadyformer/core';
import * as v from 'valibot';
import { attentionMoments } from './attentionMoments';
import type { ClosedMoments } from './closedMoments';
import { correlationOf, gathered, shared } from './coherence';
import type {
  BranchDescription,
  BranchForm,
  Perturbation,
  StreamMoments,
  TokensDescription,
} from './description';
import { feedForwardMoments } from './feedForwardMoments';
import { tokenwise } from './passing';

/** The stream that a branch reads, with what attention averages over. */
export const streamMoments = (
  input: TokenMoments & { readonly apart?: number },
  { count, sentences = 32, memory }: TokensDescription,
): StreamMoments => {
  const { count: tokens, correlation } = memory ?? { count, correlation: 1 };
  return {
    apart: input.covariance,
    ...input,
    tokens: count,
    sentences,
    memory: { power: 1, covariance: correlation, tokens },
  };
};

/**
 * Moments of a branch with Xavier-uniform weights (query, key and value as one fused matrix, so that
 * Var[W_v] = 1 / (2 D)):
 *
 *     feed-forward  Var[f] = 2r / (1 + r)^2 q / ((1 - p_h)(1 - p_o))          r = d_ff / D, q = E[x^2], ReLU
 *     attention     Var[f] = 1/2 [ q / T + k (1 - 1/T) ] / (1 - p_o)          k = E[x_t x_u], uniform weights
 *
 * which hold for attention that averages evenly, as it does at initialisation. Changes of every weight
 * with variance 1 make D q r/(1+r) (g_1^2 + g_2^2) and D m (g_O^2 + g_V^2 / 2), m the bracket.
 *
 * One step against the gradient's signs makes more, as the changes of a row's weights agree: 2/pi times the row's inputs and
 * times the share of a token's input that all tokens have in common (their correlation); and the changes of a branch's two
 * matrices have one direction. The first one's pass through the second, which hands on the part along its own gradient
 * 1 + r/pi (behind ReLU) and 1 + 2/pi times as far as it does random changes.
 */
export const branchMoments = (form: BranchForm, input: StreamMoments): ClosedMoments =>
  form.kind === 'feedForward' ? feedForwardMoments(form, input) : attentionMoments(form, input);

/** The moments of a branch in closed form: its own, or those of its form. */
export interface ClosedForm
  extends TokenMoments,
    Pick<ClosedMoments, 'gradientGain' | 'passes' | 'apart' | 'logits'> {
  readonly change?: NonNullable<BranchMoments['change']>;
  /** Where the form knows them. */
  readonly aligned?: number;
  readonly dispersion?: number;
}

const statedSchema = () => {
  const positive = finite('numbers >= 0', (value) => value >= 0);
  const pair = fields({ power: finite(), covariance: finite() });
  return fields({
    power: positive,
    covariance: v.optional(finite()),
    gradientGain: v.optional(positive),
    change: v.optional(fields({ absolute: positive, relative: positive, correlation: v.optional(finite()) })),
    passes: v.optional(fields({ power: pair, covariance: pair })),
  });
};

export const closedForm = (
  { moments, form, path }: Pick<BranchDescription, 'moments' | 'form' | 'path'>,
  input: StreamMoments,
): ClosedForm | undefined => {
  if (!moments) return form && branchMoments(form, input);
  const read = (at: StreamMoments): BranchMoments => {
    const stated = moments(at);
    parseAs(statedSchema(), stated, `${path} moments()`);
    return stated;
  };
  const { power, covariance = 0, change, ...rest } = read(input);
  return {
    power,
    covariance,
    apart: read({ ...input, covariance: input.apart }).covariance ?? 0,
    gradientGain: rest.gradientGain ?? (input.power > 0 ? power / input.power : 0),
    passes: rest.passes ?? derivativeOf(read, input),
    ...(change ? { change } : {}),
  };
};

/** Of the whole, for derivatives: moments of linear maps are linear, and any step does. */
const STEP = 1e-3;

/** What a map that is linear in its tokens makes of a change: what it makes of so much more of its input. */
const derivativeOf = (moments: (input: StreamMoments) => BranchMoments, input: StreamMoments): Passing => {
  const step = STEP * input.power;
  const at = (power: number, covariance: number): TokenMoments => {
    const found = moments({
      ...input,
      power: input.power + power,
      covariance: input.covariance + covariance,
    });
    return { power: found.power, covariance: found.covariance ?? 0 };
  };
  if (step <= 0) return tokenwise(0);
  const [base, more, closer] = [at(0, 0), at(step, 0), at(0, -step)];
  const slope = (of: TokenMoments, from: TokenMoments): TokenMoments => ({
    power: (of.power - from.power) / step,
    covariance: (of.covariance - from.covariance) / step,
  });
  const [own, shared] = [slope(more, base), slope(base, closer)];
  return {
    power: { power: own.power, covariance: shared.power },
    covariance: { power: own.covariance, covariance: shared.covariance },
  };
};

/** The variance of a branch's change under a perturbation of its weights, where it is known. */
export const changeUnder = (
  perturbation: Exclude<Perturbation, { kind: 'unit' }>,
  { change, aligned }: Pick<ClosedForm, 'change' | 'aligned'>,
  { input, width }: { readonly input: StreamMoments; readonly width: number },
): number | undefined => {
  if (!change) return undefined;
  if (perturbation.kind === 'gaussian') return perturbation.ratio ** 2 * change.relative;
  if (perturbation.kind === 'sign') return perturbation.size ** 2 * change.absolute;
  return perturbation.size ** 2 * (aligned ?? alignedOf(change, input, width));
};

/** `aligned` of a branch that states its own moments: all its inputs gathered as those of the stream are. */
const alignedOf = (
  { absolute }: NonNullable<BranchMoments['change']>,
  input: StreamMoments,
  width: number,
): number => absolute * gathered(width, shared(correlationOf(input), input.tokens * input.sentences));
