import type { Passing, TokenMoments } from '@steadyformer/core';

/** What is made of the moments of a change. */
export const passed = ({ power, covariance }: Passing, change: TokenMoments): TokenMoments => ({
  power: dot(power, change),
  covariance: dot(covariance, change),
});

const dot = (row: TokenMoments, { power, covariance }: TokenMoments): number =>
  row.power * power + row.covariance * covariance;

/** Of a map of every token by itself, with the gains of a change's power and covariance. */
export const tokenwise = (power: number, covariance: number = power): Passing => ({
  power: { power, covariance: 0 },
  covariance: { power: 0, covariance },
});

/** Times a factor on variances. */
export const timesPassing = (factor: number, { power, covariance }: Passing): Passing => ({
  power: times(factor, power),
  covariance: times(factor, covariance),
});

const times = (factor: number, { power, covariance }: TokenMoments): TokenMoments => ({
  power: factor * power,
  covariance: factor * covariance,
});

/** One map, and behind it another. */
export const through = (first: Passing, second: Passing): Passing => {
  const column = (key: keyof TokenMoments): TokenMoments =>
    passed(second, { power: first.power[key], covariance: first.covariance[key] });
  const [power, covariance] = [column('power'), column('covariance')];
  return {
    power: { power: power.power, covariance: covariance.power },
    covariance: { power: power.covariance, covariance: covariance.covariance },
  };
};

/** Of a map that turns moments linearly into others, `f`. */
export const linear = (f: (input: TokenMoments) => TokenMoments): Passing => {
  const [own, shared] = [f({ power: 1, covariance: 0 }), f({ power: 0, covariance: 1 })];
  return {
    power: { power: own.power, covariance: shared.power },
    covariance: { power: own.covariance, covariance: shared.covariance },
  };
};

/** Of two ways that add up. */
export const plus = (a: Passing, b: Passing): Passing => ({
  power: sum(a.power, b.power),
  covariance: sum(a.covariance, b.covariance),
});

const sum = (a: TokenMoments, b: TokenMoments): TokenMoments => ({
  power: a.power + b.power,
  covariance: a.covariance + b.covariance,
});
