import { checkInteger, checkRecord, invalidArgument, SteadyformerError } from '@steadyformer/core';
import { type GrowthClass, NOTATION, ORDER } from '../theory/growthClass';
import { judge } from './judge';
import { amplifying } from './laws';
import type { Build } from './measureDepths';
import { measurer } from './measurer';
import { checkedOptions, type DepthCheckOptions } from './options';
import type { DepthCheck } from './result';
import type { Verdict } from './verdict';

/** Classes that networks can be seen to stay within. */
type AllowedGrowth = Exclude<GrowthClass, 'falling' | 'doublyLogarithmic' | 'superlinear'>;

const ALLOWED: readonly AllowedGrowth[] = ['constant', 'logarithmic', 'squareRoot', 'linear'];

/** Options of `expectStable`. */
export interface ExpectStableOptions<Batch> extends Omit<DepthCheckOptions<Batch>, 'seeds'> {
  /** The fastest growth allowed. */
  readonly growth: AllowedGrowth;
  /** Deepest network, in blocks. At least 8. */
  readonly depth: number;
  /** Networks drawn, one a seed. Default: 4, then 8 and 16 in all, until they tell. */
  readonly seeds?: readonly number[];
}

const DEPTHS = 8;
const COUNTS = [4, 8, 16];

/**
 * For test suites: resolves to the check where the networks show that the output change grows no faster than allowed up
 * to `depth` blocks, and rejects with the figures where they show that it does. Where the networks leave it open, or
 * contradict theory, it rejects with what to measure instead: a stable architecture is one that is seen to be stable.
 *
 * Deterministic: the same build, options and backend give the same answer. At width 64 and 12 blocks a second or two.
 *
 * @throws SteadyformerError on wrong options, and where the networks do not show that growth stays within what is allowed
 */
export const expectStable = async <Batch>(
  build: Build<Batch>,
  options: ExpectStableOptions<Batch>,
): Promise<DepthCheck> => {
  checkRecord('expectStable() options', options, '{ growth, depth }');
  const { growth, depth, ...rest } = options;
  checkedOptions(rest, 'expectStable()');
  checkInteger('expectStable() depth', depth, 8);
  if (!ALLOWED.includes(growth)) {
    throw invalidArgument({
      what: 'expectStable() growth',
      received: growth,
      allowed: ALLOWED.join(', '),
    });
  }
  const seeds = rest.seeds ?? Array.from({ length: COUNTS.at(-1)! }, (_, i) => i + 1);
  const blocks = spread(depth);
  const measure = await measurer(build, blocks, rest, seeds[0]!);
  const networks = [];
  for (const count of rest.seeds ? [seeds.length] : COUNTS) {
    for (const seed of seeds.slice(networks.length, count)) {
      networks.push(await measure.network(seed));
      rest.onNetwork?.(networks.length, count);
    }
    const check = await judge(blocks, networks, measure);
    const answer = within(check.verdict, growth);
    if (answer === true) return check;
    if (answer === false || count === seeds.length) throw unexpected(check, growth, answer);
  }
  throw new SteadyformerError('expectStable(): no seeds'); // seeds are checked above
};

/** Whether growth stays within what is allowed; undefined where the verdict leaves it open. */
const within = ({ word, class: known, theory }: Verdict, allowed: GrowthClass): boolean | undefined => {
  if (word === 'cannot tell') return undefined;
  if (known) return ORDER.indexOf(known) <= ORDER.indexOf(allowed);
  if (word === 'lazy') return true;
  // Without a class: less than O(N), or O(N) or more.
  if (word === 'amplifies') return amplifying(allowed) ? undefined : false;
  if (ORDER.indexOf(allowed) >= ORDER.indexOf('squareRoot')) return true;
  return theory && !theory.contradicted && ORDER.indexOf(theory.class) <= ORDER.indexOf(allowed)
    ? true
    : undefined;
};

const unexpected = (
  { verdict: { word, class: known, notation, text }, points }: DepthCheck,
  growth: GrowthClass,
  answer: boolean | undefined,
): SteadyformerError => {
  const figures = points
    .map(({ depth, change }) => `N = ${depth}: ${change.mean.toExponential(2)}`)
    .join(', ');
  const found =
    answer === false
      ? `expected ${growth} growth or less, measured ${known ?? (word === 'amplifies' ? 'linear growth or more' : notation)}.`
      : `cannot tell whether growth is ${growth} (${NOTATION[growth]}) or less.`;
  return new SteadyformerError(`expectStable(): ${found} ${text} ${figures}.`);
};

/** Evenly spaced in the root of the depth: some shallow ones for the law's offset, most of them deep. */
const spread = (depth: number): number[] => {
  const roots = Array.from({ length: DEPTHS }, (_, i) => 1 + ((Math.sqrt(depth) - 1) * i) / (DEPTHS - 1));
  const depths = roots.map((root, i) => Math.max(i + 1, Math.round(root * root)));
  return [...new Set(depths)];
};
