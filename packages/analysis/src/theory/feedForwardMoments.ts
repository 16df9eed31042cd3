import { activationMoments, isGated } from './activations';
import type { ClosedMoments } from './closedMoments';
import { coherent, correlationOf, gathered, shared } from './coherence';
import type { BranchForm, StreamMoments } from './description';
import { centres, powerBehind } from './norms';
import { tokenwise } from './passing';

/** One hidden layer: its moments, and those of changes that pass it, by their own moments before the activation. */
interface Hidden {
  readonly mean: number;
  readonly power: number;
  /** Of two tokens whose u correlate by c. */
  readonly covariance: (c: number) => number;
  /** Of a change of what enters the activation, and the gate's other half, of power 1 and covariance 1. */
  readonly slope: number;
  readonly slopes: number;
}

/** Of u of this power whose tokens correlate by c, or of a gate u and what it multiplies. */
const hiddenLayer = (
  { activation = 'relu', innerNorm }: BranchForm & { kind: 'feedForward' },
  power: number,
  c: number,
): Hidden => {
  const squash = typeof innerNorm === 'object' ? innerNorm.elementwise : undefined;
  const f = activationMoments(activation, power, squash);
  const slopes = f.slopes(c);
  if (!isGated(activation)) return { ...f, slopes };
  // Gate and value have maps of their own: independent.
  return {
    mean: 0,
    power: f.power * power,
    covariance: (other) => f.covariance(other) * other * power,
    slope: f.slope * power + f.power,
    slopes: slopes * c * power + f.covariance(c),
  };
};

/**
 * act(x W_1) W_2, r = d_ff / D, W_1 and W_2 of variance 2 / (D + d_ff): with u = x W_1 of power 2 q / (1 + r),
 *
 *     Var[f] = 2r / (1 + r) E[act(u)^2] / ((1 - p_h)(1 - p_o))        2r / (1 + r)^2 q behind ReLU
 *
 * and a change of x passes with E[act'(u)^2] in place of E[act(u)^2] / E[u^2]. A norm of the hidden layer divides both by
 * E[act(u)^2], less E[act(u)]^2 where it centres: a change has no mean, so that behind ReLU it passes 1 / (1 - 1 / pi) times
 * as far as the activations themselves.
 */
export const feedForwardMoments = (
  form: BranchForm & { kind: 'feedForward' },
  { power, covariance, apart, tokens, sentences }: StreamMoments,
): ClosedMoments => {
  const { inner = 1, outer = 1 } = form.gains ?? {};
  const { hidden: hiddenRate = 0, output: outputRate = 0 } = form.dropout ?? {};
  const { width, hidden, innerNorm } = form;
  const r = hidden / width;
  const c = correlationOf({ power, covariance });
  const into = (2 * inner ** 2) / (1 + r);
  const out = ((2 * r) / (1 + r)) * outer ** 2;
  const own = hiddenLayer(form, into * power, c);
  const mean = innerNorm && centres(innerNorm) ? own.mean ** 2 : 0;
  const squashed = typeof innerNorm === 'object' && innerNorm.outputPower === undefined;
  const kept = 1 - hiddenRate;
  const alike = own.covariance(c) - mean;
  // What dropout adds, the norm sees as well.
  const entering = own.power / kept - mean;
  const scale = innerNorm && !squashed && entering > 0 ? powerBehind(innerNorm, hidden) / entering : 1;
  const behind = scale * entering;
  const passes = tokenwise(out * scale * into * own.slope, out * scale * into * own.slopes);
  const shares = shared(c, tokens * sentences);
  // Units that are mostly positive are so for all tokens: the signs of their gradients are alike, and their mean adds up.
  const hiddenShare =
    own.mean !== 0 && mean === 0
      ? (hidden * own.mean ** 2) / own.power
      : gathered(hidden, shared(ratio(alike, own.power - mean), tokens * sentences));
  const outerChange = hidden * scale * (own.power - mean);
  const innerChange = width * power * own.slope * scale * out;
  const together = outerChange + innerChange;
  const correlation =
    together > 0
      ? (outerChange * ratio(alike, own.power - mean) + innerChange * c * ratio(own.slopes, own.slope)) /
        together
      : 0;
  return {
    power: (out * behind) / (1 - outputRate),
    covariance: out * scale * alike,
    apart: out * scale * (own.covariance(correlationOf({ power, covariance: apart })) - mean),
    change: {
      absolute: together,
      relative: (out * (behind + (scale * into * power * own.slope) / kept)) / (1 - outputRate),
      correlation,
    },
    passes,
    gradientGain: passes.power.power / kept / (1 - outputRate),
    // Of the hidden units ReLU lets half pass; what counts as open of other gates is not far from that.
    dispersion: 1 + 2 / r,
    aligned: coherent(innerChange * gathered(width, shares) * (1 + r / Math.PI), outerChange * hiddenShare),
  };
};

const ratio = (a: number, b: number): number => (b > 0 ? a / b : 0);
