import { checkNumber, checkOptions } from '../../checks/errors';
import { ONE, type ResidualMethod } from '../residual';
import { type MethodNorm, normOption } from './normOption';

/** Options of `mixLN`. */
export interface MixLNOptions {
  /** The share of the blocks, from the first, that are Post-LN; rounded down to whole blocks. Default 0.25. */
  readonly fraction?: number;
  /** All norms of the stack. Default 'rms'. */
  readonly norm?: MethodNorm;
}

/** Post-LN blocks at the start of a stack: of 0.29 of 100 blocks, 29, which the product falls short of. */
const postBlocks = (fraction: number, depth: number): number => Math.floor(fraction * depth + 1e-9);

/**
 * The first quarter of the blocks Post-LN, x' = N(x + f(x)), the rest Pre-LN, x' = x + f(N(x)) (Li et al. 2024, Mix-LN).
 * The quarter is of whole blocks: up to three blocks are Pre-LN.
 *
 * @throws SteadyformerError on options that it does not know, and on other values of them
 * @see {@link https://arxiv.org/abs/2412.13795 | Li et al. 2024, Mix-LN: Unleashing the Power of Deeper Layers by Combining Pre-LN and Post-LN}
 */
export const mixLN = (options: MixLNOptions = {}): ResidualMethod => {
  checkOptions(options, ['fraction', 'norm'], 'mixLN()');
  const { fraction = 0.25 } = options;
  checkNumber('mixLN() fraction', fraction, 'numbers in [0, 1]', (share) => share >= 0 && share <= 1);
  const norm = normOption(options.norm, 'mixLN()');
  return {
    name: 'mixLN',
    options: { fraction, norm },
    plan: ({ block, depth }) => ({
      residual: {
        ...(block < postBlocks(fraction, depth) ? { after: norm } : { before: norm }),
        shortcutScale: ONE,
        branchScale: ONE,
      },
    }),
  };
};
