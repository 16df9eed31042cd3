import { checkFlag, checkOptions } from '../../checks/errors';
import { ONE, type ResidualMethod } from '../residual';
import { type MethodNorm, normOption } from './normOption';

/** Options of `keel`. */
export interface KeelOptions {
  /**
   * Whether the first block is like all others. Default false: see `keel`. A step along the gradient then changes the output
   * some seven times less, at N = 8 as at N = 64 (measured in `experiments`, atlas).
   */
  readonly scaledFirstBlock?: boolean;
  /** All norms of the stack. Default 'rms'. */
  readonly norm?: MethodNorm;
}

/**
 * x' = N(A x + f(N(x))), A the residual branches of the stack: attention and feed-forward count as one each (Chen and Wei
 * 2026, Keel). In the first block A is 1 and the first branch has no norm of its sum, which leaves the embeddings as
 * they are. No initialisation of its own, no norm at the end. No code of the authors was found; the count of A and
 * the first block are as two ports of the paper, independent of each other, have them.
 *
 * @throws SteadyformerError on options that it does not know, and on other values of them
 * @see {@link https://arxiv.org/abs/2601.19895 | Chen and Wei 2026, Post-LayerNorm Is Back: Stable, ExpressivE, and Deep}
 */
export const keel = (options: KeelOptions = {}): ResidualMethod => {
  checkOptions(options, ['scaledFirstBlock', 'norm'], 'keel()');
  const { scaledFirstBlock = false } = options;
  checkFlag('keel() scaledFirstBlock', scaledFirstBlock);
  const norm = normOption(options.norm, 'keel()');
  return {
    name: 'keel',
    options: { scaledFirstBlock, norm },
    plan: ({ block, index, branches }) => {
      const scaled = scaledFirstBlock || block > 0;
      return {
        residual: {
          before: norm,
          ...(scaled || index > 0 ? { after: norm } : {}),
          shortcutScale: scaled ? { kind: 'constant', value: branches } : ONE,
          branchScale: ONE,
        },
      };
    },
  };
};
