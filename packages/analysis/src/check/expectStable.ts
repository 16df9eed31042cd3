import { checkInteger, checkOptions, invalidArgument, SteadyformerError } from '@steadyformer/core';
import type { GrowthClass } from '../theory/growth';
import { DEPTH_CHECK_OPTIONS, type DepthCheck, type DepthCheckOptions, depthCheck } from './depthCheck';
import type { Build } from './measureDepths';

export interface ExpectStableOptions<Batch> extends DepthCheckOptions<Batch> {
  /** The fastest growth allowed. */
  readonly growth: Exclude<GrowthClass, 'superlinear'>;
  /** Deepest network, in blocks. At least 8. */
  readonly depth: number;
}

const ORDER: readonly GrowthClass[] = ['constant', 'logarithmic', 'squareRoot', 'linear', 'superlinear'];
const DEPTHS = 8;

/**
 * For test suites: resolves to the check where the output change grows no faster than allowed up to `depth` blocks,
 * and rejects with the figures where it does.
 */
export const expectStable = async <Batch>(
  build: Build<Batch>,
  options: ExpectStableOptions<Batch>,
): Promise<DepthCheck> => {
  const { growth, depth, ...rest } = options;
  checkOptions(rest, DEPTH_CHECK_OPTIONS, 'expectStable()');
  checkInteger('expectStable() depth', depth, 8);
  if (!ORDER.slice(0, -1).includes(growth)) {
    throw invalidArgument({
      what: 'expectStable() growth',
      received: growth,
      allowed: ORDER.slice(0, -1).join(', '),
    });
  }
  const check = await depthCheck(build, spread(depth), rest);
  if (ORDER.indexOf(check.verdict.class) <= ORDER.indexOf(growth)) return check;
  const figures = check.points
    .map(({ depth: n, change }) => `N = ${n}: ${change.mean.toExponential(2)}`)
    .join(', ');
  throw new SteadyformerError(
    `expectStable(): expected ${growth} growth or less, measured ${check.verdict.class}. ${check.verdict.text} ${figures}.`,
  );
};

/** Evenly spaced in the root of the depth: some shallow ones for the law's offset, most of them deep. */
const spread = (depth: number): number[] => {
  const roots = Array.from({ length: DEPTHS }, (_, i) => 1 + ((Math.sqrt(depth) - 1) * i) / (DEPTHS - 1));
  const depths = roots.map((root, i) => Math.max(i + 1, Math.round(root * root)));
  return [...new Set(depths)];
};
