import { checkOneOf, checkOptions, checkRate } from '../checks/errors';
import type { Context } from '../context/context';
import { dropoutStream } from '../context/dropout';
import type { Place } from './place';

/** How often the residual branches of a stack are skipped in training. */
export interface StochasticDepth {
  /** The probability that the stack's last branch is skipped, below 1. */
  readonly rate: number;
  /** Whether it rises from one branch to the next, or is the same for all. Default 'linear'. */
  readonly rule?: 'linear' | 'constant';
}

/** With defaults filled in; throws on what cannot be. */
export const checkedStochasticDepth = (
  options: StochasticDepth,
  where: string,
): Required<StochasticDepth> => {
  const what = `${where} stochasticDepth`;
  checkOptions(options, ['rate', 'rule'], what);
  return {
    rate: checkRate(`${what}.rate`, options.rate),
    rule: checkOneOf(`${what}.rule`, options.rule ?? 'linear', ['linear', 'constant']),
  };
};

/**
 * The probability that a branch is skipped: rate * l / N for branch l = 1 .. N of the stack, so that the early ones,
 * which all others read, are seldom missing (Huang et al. 2016, eq. 4, whose survival probability is 1 minus
 * this); or `rate` for all, as in LayerDrop (Fan et al. 2020).
 */
export const skipRate = (
  { rate, rule }: Required<StochasticDepth>,
  { index, branches }: Pick<Place, 'index' | 'branches'>,
): number => (rule === 'linear' ? (rate * (index + 1)) / branches : rate);

/**
 * The factor on a branch in this context, one draw a call and so one for the whole batch, as in Huang et al.: 0 with
 * probability `rate`, else 1 / (1 - rate). Like inverted dropout it keeps the expectation in training, where Huang et al.
 * scale down at test: inference, folding and export then know nothing of it. 1 outside training, with a cache (whose
 * slots must all grow) and where the context wants every branch. Throws where training without a random stream.
 */
export const branchFactor = (context: Context, rate: number): number => {
  if (context.everyBranch || context.cache) return 1;
  const stream = dropoutStream(context, rate, 'stochastic depth');
  if (!stream) return 1;
  const draw = stream.fork('stochasticDepth').uniformAt(0);
  return draw < rate ? 0 : 1 / (1 - rate);
};
