import { type Growth, type Growths, growthsOf } from './growth';
import type { Changes, StartPoint, TheoryPoint } from './points';
import { type Predicted, predictedOf } from './predicted';

/** How changes grow in networks of one width. */
export interface AtWidth extends Growths {
  readonly width: number;
  /** The same by theory; absent where it has no form. */
  readonly predicted?: Predicted;
}

/** One method's growth at several widths. */
export interface Widths {
  /** N of the exponents: those that were measured at all widths. */
  readonly depths: readonly number[];
  /** From the narrowest. */
  readonly at: readonly AtWidth[];
  /** r of D ~ width^r at the greatest N, from the narrowest to the widest. */
  readonly powers: { readonly random?: number; readonly aligned?: number };
}

type Measured = Pick<StartPoint, 'depths' | 'networks'>;

const KINDS = ['randomInput', 'random', 'alignedInput', 'aligned'] as const;

/** The networks at some of their depths. */
const atDepths = ({ depths, networks }: Measured, wanted: readonly number[]): Measured => {
  const at = wanted.map((depth) => depths.indexOf(depth));
  return {
    depths: [...wanted],
    networks: networks.map(({ seed, ...changes }) => ({
      seed,
      ...(Object.fromEntries(KINDS.map((kind) => [kind, at.map((k) => changes[kind][k]!)])) as Changes),
    })),
  };
};

const powerOf = (at: readonly AtWidth[], kind: keyof Growths): number | undefined => {
  const [first, last] = [at[0]!, at.at(-1)!];
  const [narrow, wide] = [first[kind].means.at(-1), last[kind].means.at(-1)];
  if (!narrow || !wide) return undefined;
  return Math.log(wide / narrow) / Math.log(last.width / first.width);
};

/** One method's points at their start, of all widths; undefined where there is one width only. */
export const widthsOf = (
  starts: readonly StartPoint[],
  theories: readonly TheoryPoint[],
): Widths | undefined => {
  const measured = starts.filter(({ networks }) => networks.length > 0).toSorted((a, b) => a.width - b.width);
  if (measured.length < 2) return undefined;
  const depths = measured[0]!.depths.filter((depth) => measured.every((each) => each.depths.includes(depth)));
  const at = measured.map((each): AtWidth => {
    const own = growthsOf(depths, atDepths(each, depths).networks);
    const theory = theories.find(({ width, failed }) => width === each.width && failed === undefined);
    const predicted = theory && predictedOf(own, atDepths(theory, depths));
    return { width: each.width, ...own, ...(predicted ? { predicted } : {}) };
  });
  const [random, aligned] = [powerOf(at, 'random'), powerOf(at, 'aligned')];
  return {
    depths,
    at,
    powers: {
      ...(random === undefined ? {} : { random }),
      ...(aligned === undefined ? {} : { aligned }),
    },
  };
};

/** Exponents of two widths nearer than this are the same. */
export const ALIKE = 0.3;

/** Whether exponents are near the narrowest network's. */
export const near = ([first, ...others]: readonly Growth[]): boolean =>
  others.every((each) => isNear(first!, each));

/** The same, or as far from it as the scatter of networks lets them be. */
export const alike = ([first, ...others]: readonly Growth[]): boolean =>
  others.every((each) => isNear(first!, each) || meet(first!, each));

const isNear = ({ exponent: a }: Growth, { exponent: b }: Growth): boolean =>
  a && b ? Math.abs(a.value - b.value) <= ALIKE : !a && !b;

const meet = ({ exponent: one }: Growth, { exponent: other }: Growth): boolean => {
  const [a, b] = [one?.interval, other?.interval];
  return !!a && !!b && a[0] <= b[1] && b[0] <= a[1];
};
