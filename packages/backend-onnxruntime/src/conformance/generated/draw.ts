import { floats, integers, numbers, type Plain } from '../../testing';
import { bools, SPECIAL } from '../grid/case';

/** Seeded choices for generated cases. */
export interface Draw {
  /** A whole number in [low, high]. */
  readonly whole: (low: number, high: number) => number;
  readonly chance: (probability: number) => boolean;
  readonly of: <T>(choices: readonly T[]) => T;
  /** A shape; sizes are mostly small, at times 1, rarely 0 or large enough for every native path. */
  readonly shape: (rank: number, most?: number) => number[];
  /** Another shape that broadcasts with this one: axes of size 1, fewer axes, or more. */
  readonly mate: (shape: readonly number[]) => number[];
  readonly floats: (shape: readonly number[]) => Plain;
  /** Floats, some of which are NaN, infinite, -0 or huge. */
  readonly specials: (shape: readonly number[]) => Plain;
  /** The same without the huge, whose sums depend on their order. */
  readonly summable: (shape: readonly number[]) => Plain;
  readonly integers: (shape: readonly number[], below: number) => Plain;
  readonly bools: (shape: readonly number[]) => Plain;
}

/** Choices that depend on the seed alone. */
export const drawFrom = (seed: number): Draw => {
  const next = numbers(seed);
  const unit = (): number => (next() + 1) / 2;
  // Neighbouring seeds begin alike.
  for (let i = 0; i < 8; i++) next();
  const whole = (low: number, high: number): number => low + Math.floor(unit() * (high - low + 1));
  const chance = (probability: number): boolean => unit() < probability;
  const of = <T>(choices: readonly T[]): T => choices[whole(0, choices.length - 1)]!;
  const size = (most: number): number =>
    chance(0.25) ? 1 : chance(0.04) ? 0 : chance(0.1) ? 4 * most : whole(2, most);
  const fresh = (): number => whole(1, 1e6);
  const shape = (rank: number, most = rank > 4 ? 3 : 6): number[] =>
    Array.from({ length: rank }, () => size(most));
  const sprinkled =
    (special: readonly number[]) =>
    (given: readonly number[]): Plain => {
      const plain = floats(given, fresh());
      return { ...plain, values: plain.values.map((x) => (chance(0.15) ? of(special) : x)) };
    };
  return {
    whole,
    chance,
    of,
    shape,
    mate: (given) => {
      const cut = given.slice(chance(0.4) ? whole(0, given.length) : 0);
      const mated = cut.map((n) => (chance(0.35) ? 1 : n === 1 ? size(4) : n));
      return cut.length === given.length && given.length < 6 && chance(0.2) ? [whole(1, 3), ...mated] : mated;
    },
    floats: (given) => floats(given, fresh()),
    specials: sprinkled(SPECIAL),
    summable: sprinkled(SPECIAL.filter((x) => !(Math.abs(x) > 1e30 && Number.isFinite(x)))),
    integers: (given, below) => integers(given, below, fresh()),
    bools: (given) => bools(given, fresh()),
  };
};
