import type { GrowthExponent } from '../fit/exponent';
import type { GrowthClass } from '../theory/growthClass';

/** What a law shows at the depths measured: the growth exponents that it allows. */
export interface ExpectedExponent {
  readonly class: GrowthClass;
  readonly low: number;
  readonly high: number;
}

/** What theory says of the same networks. */
export interface TheoryGrowth {
  readonly class: GrowthClass;
  /** p of its own curve at the same depths. */
  readonly exponent: number;
}

/** c of ln(1 + N / c) where it is unknown: that of the paper's encoders and below. */
const OFFSETS: readonly [number, number] = [1, 4];
/** By as much c may seem larger where attention's variance rises with the depth, and no theory says by how much. */
const RISING = 2;
/** A power of N above this one is no line. */
const STEEP = 1.3;

/**
 * The exponents that the laws of growth show between the depths measured, as D_N - D_0 is no pure power of N: the
 * logarithm is ln(1 + N / c) with c = s_0 / v, a line to N = c and flat far beyond. Theory's own curve widens the range
 * of its class, branch variances being no constants. O(sqrt N) counts where theory proposes it: over few depths it is
 * no other than a logarithm.
 */
export const expectedExponents = (
  { of }: GrowthExponent,
  offset: number | undefined,
  theory: TheoryGrowth | undefined,
): ExpectedExponent[] => {
  const [from, to] = offset === undefined ? OFFSETS : [offset, theory ? offset : RISING * offset];
  const logarithm = (c: number): number => of((depth) => Math.log1p(depth / c));
  const laws: ExpectedExponent[] = [
    { class: 'constant', low: Number.NEGATIVE_INFINITY, high: 0 },
    { class: 'logarithmic', low: logarithm(from), high: logarithm(to) },
    ...(theory?.class === 'squareRoot' ? [{ class: 'squareRoot', low: 0.5, high: 0.5 } as const] : []),
    { class: 'linear', low: 1, high: 1 },
    { class: 'superlinear', low: STEEP, high: Number.POSITIVE_INFINITY },
  ];
  return laws.map((law) =>
    theory?.class === law.class && Number.isFinite(theory.exponent)
      ? { ...law, low: Math.min(law.low, theory.exponent), high: Math.max(law.high, theory.exponent) }
      : law,
  );
};

/** Finite widths bend exponents by as much. */
export const TOLERANCE = 0.05;

/** An exponent below it falls with the depth. */
export const FALLING = -0.2;

/** Whether an interval of the exponent leaves a law open. */
export const allows = (
  [low, high]: readonly [number, number],
  law: Pick<ExpectedExponent, 'low' | 'high'>,
  tolerance: number = TOLERANCE,
): boolean => low <= law.high + tolerance && high >= law.low - tolerance;

export const amplifying = (growth: GrowthClass): boolean => growth === 'linear' || growth === 'superlinear';
