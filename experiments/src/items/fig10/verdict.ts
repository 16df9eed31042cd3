import type { Claim } from '../../framework/item';
import { judge, shown } from '../../framework/statistics';
import { LABELS, METHODS, type Method } from '../../measure/methods';
import { distinct } from '../../measure/points';
import { gridOf, hasDiverged, lossOf, type Point } from './points';

const shareOf = <T>(all: readonly T[], f: (each: T, i: number) => boolean): number =>
  all.filter(f).length / all.length;

export const claimsOf = (points: readonly Point[]): Claim[] => {
  const seeds = distinct(points.map(({ seed }) => seed));
  const grids = (method: Method): Point[][] => seeds.map((seed) => gridOf(points, method, seed));
  const [post, pre, admin] = [grids('postLN'), grids('preLN'), grids('admin')];
  const diverged = (of: readonly Point[][]): number[] => of.map((cells) => shareOf(cells, hasDiverged));
  const counts = (method: Method): string => {
    const all = grids(method).flat();
    return `${LABELS[method]} ${all.filter(hasDiverged).length} of ${all.length}`;
  };
  const best = (cells: readonly Point[]): number => Math.min(...cells.map(lossOf));
  // A seed all of whose cells diverged says nothing of those that converged.
  const beating = post.flatMap((cells, k) => {
    const pairs = cells.map((cell, i) => [cell, pre[k]![i]!] as const).filter(([cell]) => !hasDiverged(cell));
    return pairs.length === 0 ? [] : [shareOf(pairs, ([own, other]) => lossOf(own) < lossOf(other))];
  });
  const over = admin.map((cells, k) => shareOf(cells, (cell, i) => lossOf(cell) < lossOf(pre[k]![i]!)));
  const apart = admin.map((cells, k) => best(cells) - best(post[k]!));
  const fewer = post.map((cells, k) => shareOf(cells, hasDiverged) - shareOf(admin[k]!, hasDiverged));
  return [
    {
      claim: 'Pre-LN converges everywhere, share of diverged cells below 0.05',
      word: judge(diverged(pre), { below: 0.05 }, { above: 0.05 }),
      found: `${shown(diverged(pre))}; diverged ${METHODS.map(counts).join(', ')}`,
    },
    {
      claim: 'Post-LN diverges in part of the grid, share above 0.2',
      word: judge(diverged(post), { above: 0.2 }, { below: 0.2 }),
      found: shown(diverged(post)),
    },
    {
      claim: "Admin diverges in fewer cells, share of Post-LN less Admin's above 0",
      word: judge(fewer, { above: 0 }, { below: 0 }),
      found: `${shown(fewer)}; Admin ${shown(diverged(admin))}`,
    },
    {
      claim: 'where Post-LN converges it beats Pre-LN, in a share above 0.5',
      word: judge(beating, { above: 0.5 }, { below: 0.5 }),
      found: beating.length === 0 ? 'it converges nowhere' : shown(beating),
    },
    {
      claim: 'Admin beats Pre-LN over the grid, in a share above 0.5',
      word: judge(over, { above: 0.5 }, { below: 0.5 }),
      found: shown(over),
    },
    {
      claim: "Admin's best cell is as good as Post-LN's, held-out loss within 0.1",
      word: judge(apart, { above: -0.1, below: 0.1 }, { above: 0.1 }),
      found: `Admin's less Post-LN's ${shown(apart)} nats`,
    },
  ];
};
