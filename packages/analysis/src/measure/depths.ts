import { check } from '@steadyformer/core';
import type { ResidualSite } from './residuals';

/** Throws unless they are numbers of residual branches that some stack has. */
export const checkDepths = (
  depths: readonly number[] | undefined,
  sites: ReadonlyMap<string, ResidualSite>,
  where: string,
): void => {
  if (depths === undefined) return;
  const what = `${where} depths`;
  const increasing =
    Array.isArray(depths) &&
    depths.length > 0 &&
    depths.every((n, i) => Number.isInteger(n) && n > (depths[i - 1] ?? 0));
  check(increasing, what, depths, 'increasing whole numbers >= 1');
  const branches = Math.max(...[...sites.values()].map(({ depth }) => depth));
  const deepest = depths.at(-1)!;
  check(deepest <= branches, what, deepest, `up to the ${branches} residual branches of the deepest stack`);
};
