import type { Claim } from '../../framework/item';
import { judge, shown } from '../../framework/statistics';
import { endOf } from '../../measure/learning';
import { LABELS } from '../../measure/methods';
import { best, COMPARED, type Compared, type Point, type Rule } from './points';

export const claimsOf = (points: readonly Point[]): Claim[] => {
  const of = (method: Compared, rule: Rule): Point[] => best(points, method, rule);
  const gap = (method: Compared): number[] => {
    const adam = of(method, 'adam');
    return of(method, 'sgd').map((run, i) => endOf(run) - endOf(adam[i]!));
  };
  const moved = (method: Compared, rule: Rule): number[] =>
    of(method, rule).flatMap(({ moved: ratio }) => (ratio === null ? [] : [ratio]));
  const told = (ratios: readonly number[]): string => (ratios.length === 0 ? 'none' : shown(ratios));
  const [post, pre] = COMPARED.map(gap) as [number[], number[]];
  const rates = (method: Compared): string =>
    `SGD at ${of(method, 'sgd')[0]!.rate}, Adam at ${of(method, 'adam')[0]!.rate}`;
  const factors = moved('postLN', 'adam').map((ratio) => Math.exp(Math.abs(Math.log(ratio))));
  return [
    {
      claim: `${LABELS.postLN}: SGD's held-out loss is above Adam's by 0.1 nats, each at its best rate`,
      word: judge(post, { above: 0.1 }, { below: 0 }),
      found: `by ${shown(post)} (${rates('postLN')})`,
    },
    {
      claim:
        "SGD leaves the decoder's lowest third of blocks behind: it moves less than half as far as the highest",
      word: judge(moved('postLN', 'sgd'), { below: 0.5 }, { above: 0.8 }),
      found: told(moved('postLN', 'sgd')),
    },
    {
      claim: 'Adam does not: the movements differ by less than a factor of 1.5',
      word: judge(factors, { below: 1.5 }, { above: 2 }),
      found: `lowest over highest ${told(moved('postLN', 'adam'))}`,
    },
    {
      claim: 'vanishing is what hurts SGD: it loses more to Adam with Post-LN than with Pre-LN',
      word: judge(
        post.map((value, i) => value - pre[i]!),
        { above: 0 },
        { below: 0 },
      ),
      found: `Pre-LN ${shown(pre)} nats (${rates('preLN')}), where SGD moves lowest over highest ${told(moved('preLN', 'sgd'))}`,
    },
  ];
};
