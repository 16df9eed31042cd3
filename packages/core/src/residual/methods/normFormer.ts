import { checkFlag, checkOptions } from '../../checks/errors';
import { ONE, type ResidualMethod } from '../residual';

/** Options of `normFormer`. */
export interface NormFormerOptions {
  /** Whether the feed-forward's shortcut has a trained vector scale from 1. Default true. */
  readonly residualScale?: boolean;
}

/**
 * Pre-LN with three additions (Shleifer et al. 2021, section 2): attention's heads scaled by a trained scalar each
 * and its output normed, h = x + LN(Attn(LN(x))); the feed-forward normed inside after its activation, and its
 * shortcut scaled, y = w (.) h + W_2 LN(act(W_1 LN(h))). Cross-attention is treated as attention.
 *
 * @throws SteadyformerError on options that it does not know, and on other values of them
 * @see {@link https://arxiv.org/abs/2110.09456 | Shleifer et al. 2021, NormFormer}
 */
export const normFormer = (options: NormFormerOptions = {}): ResidualMethod => {
  checkOptions(options, ['residualScale'], 'normFormer()');
  const { residualScale = true } = options;
  checkFlag('normFormer() residualScale', residualScale);
  return {
    name: 'normFormer',
    options: { residualScale },
    plan: ({ kind }) =>
      kind === 'feedForward'
        ? {
            residual: {
              before: 'layer',
              shortcutScale: residualScale ? { kind: 'vector', initial: 1 } : ONE,
              branchScale: ONE,
            },
            branchOptions: { innerNorm: 'layer' },
          }
        : {
            residual: { before: 'layer', inside: 'layer', shortcutScale: ONE, branchScale: ONE },
            branchOptions: { headScale: true },
          },
  };
};
