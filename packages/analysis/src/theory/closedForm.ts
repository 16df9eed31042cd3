import type { BranchMoments, TokenMoments } from '@steadyformer/core';
import type { BranchForm, Perturbation, StreamMoments, TokensDescription } from './description';

/** The stream that a branch reads, with what attention averages over. */
export const streamMoments = (
  input: TokenMoments,
  { count, sentences = 32, memory }: TokensDescription,
): StreamMoments => {
  const { count: tokens, correlation } = memory ?? { count, correlation: 1 };
  return { ...input, tokens: count, sentences, memory: { power: 1, covariance: correlation, tokens } };
};

const DEFAULT_GAIN = 1;

/** Moments of a branch of a known form. */
export interface ClosedMoments extends Required<BranchMoments> {
  /** Mean square of the change of f, the same for all tokens, where every weight moves by 1 against its gradient's sign. */
  readonly aligned: number;
}

/**
 * Moments of a branch with Xavier-uniform weights (query, key and value as one fused matrix, so that
 * Var[W_v] = 1 / (2 D)):
 *
 *     feed-forward  Var[f] = 2r / (1 + r)^2 q / ((1 - p_h)(1 - p_o))          r = d_ff / D, q = E[x^2]
 *     attention     Var[f] = 1/2 [ q / T + k (1 - 1/T) ] / (1 - p_o)          k = E[x_t x_u], uniform weights
 *
 * which hold for ReLU and for attention that averages evenly, as it does at initialisation. Changes of every weight
 * with variance 1 make D q r/(1+r) (g_1^2 + g_2^2) and D m (g_O^2 + g_V^2 / 2), m the bracket.
 *
 * One step against the gradient's signs makes more, as the changes of a row's weights agree: 2/pi times the row's inputs and
 * times the share of a token's input that all tokens have in common (their correlation); and the changes of a branch's two
 * matrices have one direction. The first one's pass through the second, which hands on the part along its own gradient
 * 1 + r/pi (behind ReLU) and 1 + 2/pi times as far as it does random changes.
 */
export const branchMoments = (form: BranchForm, input: StreamMoments): ClosedMoments =>
  form.kind === 'feedForward' ? feedForwardMoments(form, input) : attentionMoments(form, input);

const feedForwardMoments = (
  form: BranchForm & { kind: 'feedForward' },
  { power, covariance, tokens, sentences }: StreamMoments,
): ClosedMoments => {
  const { inner = DEFAULT_GAIN, outer = DEFAULT_GAIN } = form.gains ?? {};
  const { hidden: hiddenRate = 0, output: outputRate = 0 } = form.dropout ?? {};
  const r = form.hidden / form.width;
  const gain = ((2 * r) / (1 + r) ** 2) * inner ** 2 * outer ** 2;
  const kept = (1 - hiddenRate) * (1 - outputRate);
  const correlation = power > 0 ? covariance / power : 0;
  const all = tokens * sentences;
  return {
    power: (gain * power) / kept,
    covariance: gain * power * reluCorrelation(covariance / power),
    change: {
      absolute: form.width * power * (r / (1 + r)) * (inner ** 2 + outer ** 2),
      relative: (2 * gain * power) / kept,
    },
    gradientGain: gain / kept,
    aligned: coherent(
      ((form.width * power * r * outer ** 2) / (1 + r)) *
        gathered(form.width, shared(correlation, all)) *
        (1 + r / Math.PI),
      ((form.width * power * r * inner ** 2) / (1 + r)) * gathered(form.hidden, shared(correlation, all)),
    ),
  };
};

const attentionMoments = (
  form: BranchForm & { kind: 'selfAttention' | 'crossAttention' },
  input: StreamMoments,
): ClosedMoments => {
  const { value = DEFAULT_GAIN, output = DEFAULT_GAIN } = form.gains ?? {};
  const { weights: weightRate = 0, output: outputRate = 0 } = form.dropout ?? {};
  const cross = form.kind === 'crossAttention';
  const read = cross ? input.memory : input;
  const mixed = average(read, read.tokens, form.causal ?? false);
  const gain = 0.5 * value ** 2 * output ** 2;
  const common = read.power > 0 ? read.covariance / read.power : 0;
  const step = form.width * mixed.power * gathered(form.width, shared(common, read.tokens * input.sentences));
  const noise = (read.power * weightRate) / ((1 - weightRate) * read.tokens);
  return {
    power: (gain * (mixed.power + noise)) / (1 - outputRate),
    covariance: gain * mixed.covariance,
    change: {
      absolute: form.width * mixed.power * (output ** 2 + value ** 2 / 2),
      relative: 2 * gain * mixed.power,
    },
    aligned: coherent(step * output ** 2 * (1 + KEPT), (step * value ** 2) / 2),
    // The gradient of an average spreads over its tokens as the forward average gathers them, where the
    // gradients of two tokens correlate as the tokens do; queries and keys carry next to nothing.
    gradientGain: cross ? 0 : (gain * mixed.power) / input.power / (1 - outputRate),
  };
};

/** What a sign keeps of the square of a Gaussian's amplitude. */
const KEPT = 2 / Math.PI;

/**
 * A gradient is a sum over tokens of g x^T; moving a row of weights against its signs moves what it makes of a token x by
 * the sum of |x_i| where all tokens agree, not by that of random signs: so many times as far in square.
 */
const gathered = (inputs: number, common: number): number => KEPT * inputs * common;

/** The share of a token's input that the sum over n tokens has in common with it. */
const shared = (correlation: number, n: number): number =>
  Math.max(0, correlation) + (1 - Math.max(0, correlation)) / n;

/** Changes by several matrices of one branch have one direction, against the gradient of its output. */
const coherent = (...squares: readonly number[]): number =>
  squares.reduce((sum, square) => sum + Math.sqrt(square), 0) ** 2;

/** Moments of even averages over T tokens, or over the tokens so far. */
const average = ({ power, covariance }: TokenMoments, count: number, causal: boolean): TokenMoments => {
  const own = power - covariance;
  if (!causal) {
    const all = covariance + own / count;
    return { power: all, covariance: all };
  }
  let harmonic = 0;
  let pairs = 0;
  for (let t = 1; t <= count; t++) {
    harmonic += 1 / t;
    pairs += (t - 1) / t; // t - 1 pairs have t as the later token, and 1 / max(t, u) as their overlap
  }
  const overlap = count > 1 ? pairs / ((count * (count - 1)) / 2) : 1;
  return { power: covariance + (own * harmonic) / count, covariance: covariance + own * overlap };
};

/** Correlation of relu(u) and relu(v) about zero, for Gaussian u, v of correlation c (Cho and Saul 2009, n = 1). */
export const reluCorrelation = (c: number): number => {
  const x = Math.min(1, Math.max(-1, c));
  return (Math.sqrt(1 - x * x) + (Math.PI - Math.acos(x)) * x) / Math.PI;
};

/** The variance of a branch's change under a perturbation of its weights. */
export const changeUnder = (
  perturbation: Exclude<Perturbation, { kind: 'unit' }>,
  { change, aligned }: Pick<ClosedMoments, 'change' | 'aligned'>,
): number => {
  if (perturbation.kind === 'gaussian') return perturbation.ratio ** 2 * change.relative;
  return perturbation.size ** 2 * (perturbation.kind === 'sign' ? change.absolute : aligned);
};

/** `aligned` of a branch that states its own moments: all its inputs gathered as those of the stream are. */
export const alignedOf = (
  { absolute }: NonNullable<BranchMoments['change']>,
  { power, covariance, tokens, sentences }: StreamMoments,
  width: number,
): number => absolute * gathered(width, shared(power > 0 ? covariance / power : 0, tokens * sentences));

/**
 * Relative change C of a branch by its own weights: change over variance, whatever the input. For a sign step e
 * (1 + r) D e^2 in a feed-forward branch and 3 D e^2 in attention, gains 1.
 */
export const relativeChange = (
  form: BranchForm,
  perturbation: Exclude<Perturbation, { kind: 'unit' }>,
): number => {
  const moments = branchMoments(
    form.dropout ? { ...form, dropout: {} } : form,
    streamMoments({ power: 1, covariance: 1 }, { count: 1 }),
  );
  return changeUnder(perturbation, moments) / moments.power;
};
