import { type Growth, type Growths, growthsOf } from './growth';
import type { TheoryPoint } from './points';

/** What theory says of the networks that were measured. */
export interface Predicted extends Growths {
  /** Of random changes, the largest of |measured / predicted - 1| over the depths up to 100. */
  readonly worst?: number;
  /** The measured exponent of aligned changes less the predicted one. */
  readonly off?: number;
  /** Of aligned changes, measured / predicted at the depth up to 100 where it is furthest from 1. */
  readonly factor?: number;
}

/** Distances from theory: near and nearer of random changes, relative; of aligned exponents that are the same. */
export const [NEAR, CLOSE, SAME] = [0.3, 0.12, 0.3];

/** N that predictions are held to. */
const MOST = 100;

/** measured / predicted at the depths up to 100; none where either has no numbers. */
const ratios = (depths: readonly number[], measured: Growth, predicted: Growth): number[] =>
  measured.means.length === 0 || predicted.means.length === 0
    ? []
    : depths.flatMap((depth, k) => (depth <= MOST ? [measured.means[k]! / predicted.means[k]!] : []));

/** What theory says, held against what was measured; undefined where it has no form. */
export const predictedOf = (
  measured: Partial<Growths>,
  { depths, networks }: Pick<TheoryPoint, 'depths' | 'networks'>,
): Predicted | undefined => {
  const { random, aligned } = growthsOf(depths, networks);
  if (random.networks === 0) return undefined;
  const errors = measured.random ? ratios(depths, measured.random, random) : [];
  const factors = measured.aligned ? ratios(depths, measured.aligned, aligned) : [];
  const [furthest] = factors.toSorted((a, b) => Math.abs(Math.log(b)) - Math.abs(Math.log(a)));
  return {
    random,
    aligned,
    ...(errors.length > 0 ? { worst: Math.max(...errors.map((ratio) => Math.abs(ratio - 1))) } : {}),
    ...(measured.aligned?.exponent && aligned.exponent
      ? { off: measured.aligned.exponent.value - aligned.exponent.value }
      : {}),
    ...(furthest === undefined ? {} : { factor: furthest }),
  };
};
