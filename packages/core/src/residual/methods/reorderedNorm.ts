import { checkOptions } from '../../checks/errors';
import { ONE, type ResidualMethod } from '../residual';
import { type MethodNorm, normOption } from './normOption';

/** Options of `reorderedNorm`. */
export interface ReorderedNormOptions {
  /** All norms of the stack. Default 'rms'. */
  readonly norm?: MethodNorm;
}

/**
 * x' = x + N(f(x)): branches read the stream as it is, their outputs are normed, and so is the end of the stack (Walsh
 * et al. 2025, OLMo 2). The norm of queries and keys that OLMo 2 has beside it is not part of this.
 *
 * @throws SteadyformerError on options that it does not know, and on other values of them
 * @see {@link https://arxiv.org/abs/2501.00656 | Walsh et al. 2025, 2 OLMo 2 Furious}
 */
export const reorderedNorm = (options: ReorderedNormOptions = {}): ResidualMethod => {
  checkOptions(options, ['norm'], 'reorderedNorm()');
  const norm = normOption(options.norm, 'reorderedNorm()');
  return {
    name: 'reorderedNorm',
    options: { norm },
    plan: () => ({ residual: { inside: norm, shortcutScale: ONE, branchScale: ONE } }),
    finalNorm: () => norm,
  };
};
