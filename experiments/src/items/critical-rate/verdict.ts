import type { Claim, Word } from '../../framework/item';
import { digits, meanOf } from '../../framework/statistics';
import { depthsOf } from '../../measure/points';
import { bestFactor, breakingFactor, type Grade, LABELS, METHODS, type Method, type Point } from './points';

/** Networks that a claim needs, of every method and depth. */
const ENOUGH = 3;

/** Where training breaks, as a factor on the limit; twice the largest tried where it does not. */
const broken = (of: Point, grade: Grade = 'worse'): number =>
  breakingFactor(of, grade) ?? 2 * Math.max(...of.runs.map(({ factor }) => factor));

const geometric = (values: readonly number[]): number => Math.exp(meanOf(values.map(Math.log)));

/** The rate at which training breaks. */
const breakingRate = (of: Point): number => of.limits.change! * broken(of);

export const claimsOf = (points: readonly Point[]): Claim[] => {
  const depths = depthsOf(points);
  const [shallow, deep] = [depths[0]!, depths.at(-1)!];
  const at = (method: Method, depth: number): Point[] =>
    points.filter((each) => each.method === method && each.depth === depth);
  const settings = METHODS.flatMap((method) =>
    depths.map((depth) => ({ name: `${LABELS[method]} ${depth}`, own: at(method, depth) })),
  );
  const enough = settings.every(({ own }) => own.length >= ENOUGH);
  const worded = (agrees: boolean, disagrees: boolean): Word => {
    if (!enough) return 'cannot tell';
    if (agrees) return 'agrees';
    return disagrees ? 'disagrees' : 'cannot tell';
  };
  const factors = settings.map(({ own }) => geometric(own.map((each) => broken(each))));
  const spread = Math.max(...factors) / Math.min(...factors);
  const listed = settings.map(({ name, own }, i) => {
    const open = own.filter((each) => breakingFactor(each) === null).length;
    const never = open > 0 ? ` (${open} of ${own.length} at none)` : '';
    const failed = digits(geometric(own.map((each) => broken(each, 'failed'))));
    return `${name} ${digits(factors[i]!)}${never}, fails ${failed}, best ${digits(geometric(own.map(bestFactor)))}`;
  });
  const early = points.filter((each) => broken(each) <= 1).length;
  const fallen = (method: Method): number =>
    geometric(at(method, deep).map(breakingRate)) / geometric(at(method, shallow).map(breakingRate));
  const [post, complete] = [fallen('postLN'), fallen('completeP')];
  const ratios = METHODS.map((method) =>
    geometric(at(method, deep).map(({ transferred, limits }) => transferred / limits.change!)),
  );
  const off = ratios.filter((ratio) => Math.abs(Math.log(ratio)) > Math.LN2).length;
  const sooner = points.filter(
    (each) => breakingRate(each) < (each.limits.loss ?? Number.POSITIVE_INFINITY),
  ).length;
  return [
    {
      claim: 'at the limit, D of one step 0.1, no network trains worse than at a smaller rate',
      word: worded(early === 0, early > points.length / 2),
      found: `${early} of ${points.length} do`,
    },
    {
      claim:
        'training gets worse at one multiple of the limit, means of all methods and depths within a factor of 4',
      word: worded(spread <= 4, spread > 8),
      found: `within ${digits(spread)}; ${listed.join('; ')}`,
    },
    {
      claim: `the rate at which it does falls with depth in Post-LN, ${deep} blocks over ${shallow} below 0.6, and not in CompleteP`,
      word: worded(post < 0.6 && complete > 0.6, post > 1 || complete < 0.3),
      found: `Post-LN ${digits(post)}, CompleteP ${digits(complete)}, Pre-LN ${digits(fallen('preLN'))}, Admin ${digits(fallen('admin'))}`,
    },
    {
      claim: `rateTransfer from ${shallow} to ${deep} blocks is within a factor of 2 of the limit measured there, in all methods`,
      word: worded(off === 0, off > 1),
      found: METHODS.map((method, i) => `${LABELS[method]} ${digits(ratios[i]!)}`).join(', '),
    },
    {
      claim:
        'training gets worse before the rate at which the first update itself raises the loss of its batch',
      word: worded(sooner === points.length, sooner < points.length / 2),
      found: `in ${sooner} of ${points.length} networks`,
    },
  ];
};
