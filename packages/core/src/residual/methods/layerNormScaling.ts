import { checkOptions } from '../../checks/errors';
import { ONE, type ResidualMethod } from '../residual';
import { type MethodNorm, normOption } from './normOption';

/** Options of `layerNormScaling`. */
export interface LayerNormScalingOptions {
  /** All norms of the stack. Default 'rms'. */
  readonly norm?: MethodNorm;
}

/**
 * x' = x + f(N(x) / sqrt(l)), l the block, from 1: Pre-LN whose deeper branches read less (Sun et al. 2025, LayerNorm
 * Scaling). The factor is constant. It reaches the scores of attention as well, squared, which a scale of the branch's output
 * would not. Not to be combined with smaller weights at the end of branches (GPT-2 scaling), say the authors.
 *
 * @throws SteadyformerError on options that it does not know, and on other values of them
 * @see {@link https://arxiv.org/abs/2502.05795 | Sun et al. 2025, The Curse of Depth in Large Language Models}
 */
export const layerNormScaling = (options: LayerNormScalingOptions = {}): ResidualMethod => {
  checkOptions(options, ['norm'], 'layerNormScaling()');
  const norm = normOption(options.norm, 'layerNormScaling()');
  return {
    name: 'layerNormScaling',
    options: { norm },
    plan: ({ block }) => ({
      residual: {
        before: norm,
        readScale: { kind: 'constant', value: (block + 1) ** -0.5 },
        shortcutScale: ONE,
        branchScale: ONE,
      },
    }),
  };
};
