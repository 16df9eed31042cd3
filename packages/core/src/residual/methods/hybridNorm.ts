import { checkFlag, checkOptions } from '../../checks/errors';
import { ONE, type ResidualMethod, type SubLayerPlan } from '../residual';

/** Options of `hybridNorm`. */
export interface HybridNormOptions {
  /** HybridNorm*: attention of the first block is normed before as well, and its feed-forward is Pre-LN. Default false. */
  readonly star?: boolean;
}

/**
 * Attention norms its queries, keys and values a head and reads a stream without a norm; the feed-forward reads the
 * normed sum, which its shortcut carries on: h = N(x + Attn(x)), x' = h + f(h), N being RMSNorm, and one norm more at the
 * end of the stack (Zhuo et al. 2025, section 3). Cross-attention is treated as attention. The paper's models start with
 * Megatron's initial weights; here they start as everywhere.
 *
 * @throws SteadyformerError on options that it does not know, and on other values of them
 * @see {@link https://arxiv.org/abs/2503.04598 | Zhuo et al. 2025, HybridNorm}
 */
export const hybridNorm = (options: HybridNormOptions = {}): ResidualMethod => {
  checkOptions(options, ['star'], 'hybridNorm()');
  const { star = false } = options;
  checkFlag('hybridNorm() star', star);
  return {
    name: 'hybridNorm',
    options: { star },
    plan: ({ kind, block }) => {
      const preNormed = star && block === 0;
      const scales = { shortcutScale: ONE, branchScale: ONE };
      const before: Partial<SubLayerPlan['residual']> = { before: 'rms' };
      if (kind === 'feedForward') return { residual: { ...(preNormed ? before : {}), ...scales } };
      return {
        residual: { ...(preNormed ? before : { after: 'rms' }), ...scales },
        branchOptions: { queryKeyNorm: 'rms', valueNorm: 'rms' },
      };
    },
    finalNorm: () => 'rms',
  };
};
