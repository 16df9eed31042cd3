import type { TokenMoments } from '@steadyformer/core';
import type { ClosedMoments } from './closedMoments';
import { coherent, correlationOf, gathered, KEPT, shared } from './coherence';
import type { AttentionForm, StreamMoments } from './description';
import { logitMoments } from './logitMoments';
import { normed } from './norms';
import { linear, passed, plus, through, tokenwise } from './passing';
import { softmaxMoments } from './softmax';

/**
 * (sum_u p_tu x_u) W_V W_O with Var[W_V] = 1 / (2 D) and Var[W_O] = 1 / D, p the softmax of Gaussian logits:
 *
 *     Var[f] = 1/2 [ k + (q - k) P ] / (1 - p_o)        k = E[x_t x_u], P = E[sum_u p_tu^2], 1/T where weights are even
 *
 * A change of x passes as x does, by its own power and covariance: what has less in common between tokens than the tokens
 * themselves is averaged away. It moves the logits as well. A norm of the values, or of what the heads have made, divides by
 * the power there is.
 */
export const attentionMoments = (form: AttentionForm, input: StreamMoments): ClosedMoments => {
  const { query = 1, key = 1, value = 1, output = 1 } = form.gains ?? {};
  const { weights: weightRate = 0, output: outputRate = 0 } = form.dropout ?? {};
  const { width } = form;
  const cross = form.kind === 'crossAttention';
  const read = cross ? input.memory : input;
  const map = value ** 2 / 2;
  const values = normed(form.valueNorm, passed(tokenwise(map), read), width);
  const logits = logitMoments(form, input);
  const { spread } = logits;
  const { concentration, motion } = softmaxMoments(read.tokens, spread);
  const weights = overlaps(read.tokens, concentration, correlationOf(input), form.causal ?? false);
  const averages = ({ power, covariance }: TokenMoments): TokenMoments => ({
    power: covariance + (power - covariance) * weights.own,
    covariance: covariance + (power - covariance) * weights.shared,
  });
  const mixed = averages(values);
  const noise = (values.power * weightRate) / ((1 - weightRate) * read.tokens);
  const loud = mixed.power + noise;
  const heads = normed(form.innerNorm, { ...mixed, power: loud }, width);
  // Averages over two sentences have in common what their tokens have.
  const valuesApart = normed(
    form.valueNorm,
    { power: map * read.power, covariance: map * (cross ? read.covariance : input.apart) },
    width,
  ).covariance;
  const headsApart = normed(form.innerNorm, { power: loud, covariance: valuesApart }, width).covariance;
  const quiet = normed(form.innerNorm, mixed, width);
  const out = tokenwise(output ** 2);
  const fromHeads = through(quiet.passes, out);
  const fromValues = through(values.passes, through(linear(averages), fromHeads));
  /** What logits that move by so much over the keys make of the heads. */
  const moved = (variance: number, common = variance): TokenMoments => {
    const own = (values.power - values.covariance) * (form.causal ? 1 : motion / weights.own);
    return { power: variance * own * weights.moving, covariance: common * own * weights.movingShared };
  };
  // Relative to its power a change of the queries moves all logits, and one of the keys by what keys have of their own.
  const relative = input.power > 0 ? spread / input.power : 0;
  const ownPart = Math.max(read.power - read.covariance, 0);
  const apart = ownPart > 0 ? spread / ownPart : 0;
  const byLogits = linear(({ power, covariance }) => {
    const keys = apart * (power - covariance);
    return moved(relative * power + keys, relative * covariance + keys * correlationOf(input));
  });
  const passes = plus(through(tokenwise(map), fromValues), through(byLogits, fromHeads));
  // A change of W_V moves a token's values by D times what they are made of.
  const byValues = passed(fromValues, { power: width * read.power, covariance: width * read.covariance });
  const byOutput = { power: width * quiet.power, covariance: width * quiet.covariance };
  const turned = 2 * width * (inverse(query) + inverse(key)) * spread;
  const byScores = passed(fromHeads, moved(turned, turned * correlationOf(input)));
  const absolute = byValues.power + byOutput.power + byScores.power;
  const power = (output ** 2 * heads.power) / (1 - outputRate);
  const fromRelative = passed(fromValues, passed(tokenwise(map), read)).power;
  const shares = gathered(width, shared(correlationOf(read), read.tokens * input.sentences));
  return {
    power,
    covariance: output ** 2 * heads.covariance,
    apart: output ** 2 * headsApart,
    change: {
      absolute,
      relative: output ** 2 * quiet.power + fromRelative + passed(fromHeads, moved(2 * spread)).power,
      correlation:
        absolute > 0 ? (byValues.covariance + byOutput.covariance + byScores.covariance) / absolute : 0,
    },
    // Queries are of the stream, and carry next to nothing; what the memory has changed by is not known here.
    passes: cross ? tokenwise(input.power > 0 ? power / input.power : 0) : passes,
    // The gradient of an average spreads over its tokens as the forward average gathers them, where the
    // gradients of two tokens correlate as the tokens do; queries and keys carry next to nothing.
    gradientGain:
      cross || input.power <= 0
        ? 0
        : passed(through(tokenwise(map), fromValues), input).power / input.power / (1 - outputRate),
    dispersion: 2,
    aligned: coherent(byValues.power * shares * (1 + KEPT), byOutput.power * shares),
    ...(form.attentionPositions ? {} : { logits }),
  };
};

const inverse = (gain: number): number => (gain === 0 ? 0 : gain ** -2);

/** Of a softmax' weights, and of what its weights move by. */
interface Overlaps {
  readonly own: number;
  readonly shared: number;
  readonly moving: number;
  readonly movingShared: number;
}

/**
 * Mean over tokens of sum_u p_tu^2, and over pairs of tokens of sum_u p_tu p_su, whose logits correlate as the tokens do: at
 * small variances e^(c v) / T. Over the tokens so far in causal attention, whose first ones have few.
 */
const overlaps = (count: number, concentration: number, correlation: number, causal: boolean): Overlaps => {
  /** Times as concentrated as even weights. */
  const own = count * concentration;
  const common = own ** Math.min(1, Math.max(0, correlation));
  if (!causal) {
    const shared = common / count;
    return { own: concentration, shared, moving: concentration, movingShared: shared };
  }
  const sums = { own: 0, shared: 0, moving: 0, movingShared: 0 };
  for (let t = 1; t <= count; t++) {
    const [each, pair] = [Math.min(1, own / t), Math.min(1, common / t)];
    sums.own += each;
    sums.moving += each * (1 - each);
    sums.shared += (t - 1) * pair; // t - 1 pairs have t as the later token
    sums.movingShared += (t - 1) * pair * (1 - pair);
  }
  const pairs = Math.max(1, (count * (count - 1)) / 2);
  return {
    own: sums.own / count,
    moving: sums.moving / count,
    shared: count > 1 ? sums.shared / pairs : 1,
    movingShared: sums.movingShared / pairs,
  };
};
