import { gaussianNodes } from './gaussian';
import { remembered } from './remembered';

/** A softmax over T Gaussian logits of some variance. */
export interface SoftmaxMoments {
  /** E[sum of p^2]: one over the keys that count. */
  readonly concentration: number;
  /** E[sum of p^2 (e - sum of p e)^2] for logits that move by e of variance 1, independently. */
  readonly motion: number;
  /** E[-sum of p ln p], nats. */
  readonly entropy: number;
}

/** Of the two rules: the step of ln t, and the points over a logit. */
const STEP = 0.25;
const NODES = gaussianNodes(97);

/**
 * E(ln Z), Z = sum of e^s over T independent s of deviation d. ln Z = integral of (e^-t - e^(-t Z)) dt / t (Frullani), and
 * the mean of e^(-t Z) is the T-th power of that of one: two quadratures, exact at any T.
 */
const meanLogSum = (count: number, d: number): number => {
  let sum = 0;
  const terms = NODES.map(([z, weight]) => ({ grown: Math.exp(d * z), weight }));
  // Where e^(-t Z) turns from 1 to 0: about ln t = -ln Z.
  const middle = -Math.log(count) - Math.min((d * d) / 2, d * Math.sqrt(2 * Math.log(count)));
  const reach = 40 + 9 * d;
  for (let y = middle - reach; y <= Math.max(4, middle + reach); y += STEP) {
    const t = Math.exp(y);
    let gone = 0;
    for (const { grown, weight } of terms) gone -= weight * Math.expm1(-t * grown);
    sum += Math.exp(-t) - Math.exp(count * Math.log1p(-Math.min(gone, 1)));
  }
  return STEP * sum;
};

/** Deviations at which the table of one T is filled, and for the derivative. */
const [GRID, DELTA] = [0.125, 1e-3];

/** From here nothing but the largest logit counts. */
const DEEPEST = 24;

type Exact = Omit<SoftmaxMoments, 'motion'>;

const at = /* @__PURE__ */ remembered(
  ([count, i]: readonly [count: number, i: number]): string => `${count} ${i}`,
  ([count, i]): Exact => exact(count, i * GRID),
);

/** With F = E(ln Z) as a function of the variance v: dF / dv = (1 - E[sum p^2]) / 2, and E[sum p s] = v (1 - E[sum p^2]). */
const exact = (count: number, d: number): Exact => {
  if (d === 0) return { concentration: 1 / count, entropy: Math.log(count) };
  const v = d * d;
  const slope =
    (meanLogSum(count, Math.sqrt(v * (1 + DELTA))) - meanLogSum(count, Math.sqrt(v * (1 - DELTA)))) /
    (2 * DELTA * v);
  const concentration = Math.min(1, Math.max(1 / count, 1 - 2 * slope));
  return { concentration, entropy: Math.max(0, meanLogSum(count, d) - v * (1 - concentration)) };
};

/**
 * Of T logits of this variance around a common mean, by interpolation of exact values. With Y = sum p^2, Gaussian
 * integration by parts gives the motion as dE(Y)/dv / 2 + E(Y - Y^2) / 2; Y^2 is E(Y)^2 while weights are even, and
 * (E(Y) + 2 E(Y)^2) / 3 where few keys have all (Ghirlanda and Guerra 1998), between which E(Y) leads.
 */
export const softmaxMoments = (count: number, variance: number): SoftmaxMoments => {
  const d = Math.min(DEEPEST, Math.sqrt(Math.max(0, variance)));
  if (count <= 1 || d === 0) {
    const even = 1 / count;
    return { concentration: even, motion: even * (1 - even), entropy: Math.log(count) };
  }
  const i = Math.floor(d / GRID);
  const share = d / GRID - i;
  const [low, high] = [at([count, i]), at([count, i + 1])];
  const concentration = low.concentration ** (1 - share) * high.concentration ** share;
  const growth = (high.concentration - low.concentration) / ((2 * i + 1) * GRID ** 2);
  return {
    concentration,
    motion: growth / 2 + (1 / 2 - concentration / 6) * concentration * (1 - concentration),
    entropy: (1 - share) * low.entropy + share * high.entropy,
  };
};
