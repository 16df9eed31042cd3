import type { Claim } from '../../framework/item';
import { digits, judge, meanOf, shown } from '../../framework/statistics';
import { depthsOf } from '../../measure/points';
import { diagonal, of, type Point } from './points';

/** Mean beta_ii of each network. */
const leaning = (networks: readonly Point[]): number[] =>
  networks.map((network) => meanOf(diagonal(network)));

const differences = (one: readonly number[], other: readonly number[]): number[] =>
  one.map((value, i) => value - other[i]!);

export const claimsOf = (points: readonly Point[]): Claim[] => {
  const [shallow, deep] = depthsOf(points) as [number, number];
  const post = (at: 'first' | 'last'): number[] => leaning(of(points, 'postLN', shallow, at));
  const pre = (depth: number, at: 'first' | 'last'): number[] => leaning(of(points, 'preLN', depth, at));
  const own = (at: 'first' | 'last'): number[] => leaning(of(points, 'admin', deep, at));
  const means = (a: string, one: readonly number[], b: string, other: readonly number[]): string =>
    `${a} ${digits(meanOf(one))}, ${b} ${digits(meanOf(other))}, difference ${shown(differences(one, other))}`;
  const preDeep = of(points, 'preLN', deep, 'first').map(diagonal);
  const apart = of(points, 'admin', deep, 'first').map((network, i) =>
    meanOf(diagonal(network).map((beta, j) => Math.abs(beta - preDeep[i]![j]!))),
  );
  const omegas = of(points, 'admin', deep, 'first').map(({ omega: first }, i) => {
    const { omega: last } = of(points, 'admin', deep, 'last')[i]!;
    return meanOf(last.map((value, j) => value / first[j]!));
  });
  return [
    {
      claim: `${shallow} layers, before training: Post-LN leans more on its own branches than Pre-LN, mean beta_ii larger by 0.05`,
      word: judge(differences(post('first'), pre(shallow, 'first')), { above: 0.05 }, { below: 0.05 }),
      found: means('Post-LN', post('first'), 'Pre-LN', pre(shallow, 'first')),
    },
    {
      claim: 'after training: it still does',
      word: judge(differences(post('last'), pre(shallow, 'last')), { above: 0.05 }, { below: 0.05 }),
      found: means('Post-LN', post('last'), 'Pre-LN', pre(shallow, 'last')),
    },
    {
      claim: `${deep} layers, before training: Admin is as Pre-LN, mean |difference| of beta_ii below 0.05`,
      word: judge(apart, { below: 0.05 }, { above: 0.1 }),
      found: shown(apart),
    },
    {
      claim: 'after training: Admin leans more on its own branches than Pre-LN',
      word: judge(differences(own('last'), pre(deep, 'last')), { above: 0 }, { below: 0 }),
      found: `${means('Admin', own('last'), 'Pre-LN', pre(deep, 'last'))}; before ${digits(meanOf(own('first')))} and ${digits(meanOf(pre(deep, 'first')))}`,
    },
    {
      claim: 'omega falls while training: mean of last over first below 1',
      word: judge(omegas, { below: 1 }, { above: 1 }),
      found: shown(omegas),
    },
  ];
};
