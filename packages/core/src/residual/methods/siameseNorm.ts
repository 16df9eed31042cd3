import { checkOptions } from '../../checks/errors';
import { identity } from '../../streams/identity';
import { leaving } from '../../streams/leaving';
import { wiring } from '../../streams/wiring';
import { ONE, type ResidualMethod } from '../residual';
import { type MethodNorm, normOption } from './normOption';

/** Options of `siameseNorm`. */
export interface SiameseNormOptions {
  /** All norms of the stack. Default 'rms'. */
  readonly norm?: MethodNorm;
}

/**
 * Two streams through the same branches, one normed as Post-LN's and one free as Pre-LN's: z = f(N(x + N(y))),
 * x' = N(x + z / sqrt(2 l)), y' = y + z, l the block, from 1; at the end N(x + N(y)) (Li et al. 2026, SiameseNorm). The
 * authors' released code norms x at the way into a sub-layer where this norms it at the way out, so it norms the
 * embeddings once more, and is else the same.
 *
 * @throws SteadyformerError on options that it does not know, and on other values of them
 * @see {@link https://arxiv.org/abs/2602.08064 | Li et al. 2026, SiameseNorm: Breaking the Barrier to Reconciling Pre/Post-Norm}
 */
export const siameseNorm = (options: SiameseNormOptions = {}): ResidualMethod => {
  checkOptions(options, ['norm'], 'siameseNorm()');
  const norm = normOption(options.norm, 'siameseNorm()');
  return {
    name: 'siameseNorm',
    options: { norm },
    plan: ({ block }) => ({
      residual: {
        before: norm,
        after: norm,
        shortcutScale: ONE,
        branchScale: ONE,
        streams: wiring({
          read: [1, 1],
          readNorms: [undefined, norm],
          carry: identity(2),
          write: [(2 * (block + 1)) ** -0.5, 1],
        }),
      },
    }),
    leave: () => leaving({ read: 'sum', norms: [undefined, norm] }),
    finalNorm: () => norm,
  };
};
