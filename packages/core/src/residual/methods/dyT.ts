import { checkNumber, checkOptions } from '../../checks/errors';
import { dynamicTanh } from '../../layers/dynamicNorms';
import { ONE, type ResidualMethod } from '../residual';

/** Options of `dyT`. */
export interface DyTOptions {
  /** alpha of every DyT at the start. Default 0.5. */
  readonly alpha?: number;
  /** alpha of those before attention. Default `alpha`; language models start it higher. */
  readonly attentionAlpha?: number;
}

/**
 * Pre-LN without norms: x' = x + f(DyT(x)), DyT(x) = gamma (.) tanh(alpha x) + beta in place of every norm, the one at the
 * end of the stack too (Zhu et al. 2025). Embeddings leave with variance 1, as the paper's models scale theirs.
 *
 * @throws SteadyformerError on options that it does not know, and on other values of them
 * @see {@link https://arxiv.org/abs/2503.10622 | Zhu et al. 2025, Transformers without Normalization}
 */
export const dyT = (options: DyTOptions = {}): ResidualMethod => {
  checkOptions(options, ['alpha', 'attentionAlpha'], 'dyT()');
  const { alpha = 0.5, attentionAlpha = alpha } = options;
  for (const [key, value] of Object.entries({ alpha, attentionAlpha })) {
    checkNumber(`dyT() ${key}`, value, 'numbers > 0', (each) => each > 0);
  }
  return {
    name: 'dyT',
    options: { alpha, attentionAlpha },
    plan: ({ kind }) => ({
      residual: {
        before: dynamicTanh({ alpha: kind === 'feedForward' ? alpha : attentionAlpha }),
        shortcutScale: ONE,
        branchScale: ONE,
      },
    }),
    finalNorm: () => dynamicTanh({ alpha }),
  };
};
