import { checkInteger, checkOptions } from '../../checks/errors';
import { depthAttention } from '../../streams/depthAttention';
import { identity, oneHot } from '../../streams/identity';
import { leaving } from '../../streams/leaving';
import { wiring } from '../../streams/wiring';
import type { Place } from '../place';
import { ONE, type ResidualMethod } from '../residual';
import { type MethodNorm, normOption } from './normOption';

/** Options of `attentionResiduals`. */
export interface AttentionResidualsOptions {
  /**
   * Groups of sub-layers whose outputs are summed up to one stream, as even as can be: Block AttnRes, 8 in the paper.
   * Default none: every output stays a stream of its own.
   */
  readonly blocks?: number;
  /** Norm of what branches read, and of what leaves. Default 'rms'. */
  readonly norm?: MethodNorm;
}

/** Streams in front of a sub-layer, and whether it makes one more; else it adds to the last. */
const streamsAt = ({ index, branches }: Place, blocks: number) => {
  const size = Math.ceil(branches / blocks);
  return { before: 1 + Math.ceil(index / size), grows: index % size === 0 };
};

/**
 * Every sub-layer reads a mean of all that came before it and adds a stream: v_l = f(N(sum_i a_i v_i)), v_0 the input,
 * a = softmax_i(w_l . RMSNorm(v_i)), and so once more at the end, before the norm there. w_l starts as zero. With `blocks`
 * the outputs of a group are summed (Kimi Team 2026, Attention Residuals).
 *
 * @throws SteadyformerError on options that it does not know, and on other values of them
 * @see {@link https://arxiv.org/abs/2603.15031 | Kimi Team 2026, Attention Residuals}
 */
export const attentionResiduals = (options: AttentionResidualsOptions = {}): ResidualMethod => {
  const where = 'attentionResiduals()';
  checkOptions(options, ['blocks', 'norm'], where);
  const { blocks } = options;
  if (blocks !== undefined) checkInteger(`${where} blocks`, blocks);
  const norm = normOption(options.norm, where);
  return {
    name: 'attentionResiduals',
    options: { ...(blocks === undefined ? {} : { blocks }), norm },
    plan: (place) => {
      const { before: n, grows } = streamsAt(place, blocks ?? place.branches);
      const none = Array.from({ length: n }, () => 0);
      return {
        residual: {
          before: norm,
          shortcutScale: ONE,
          branchScale: ONE,
          streams: wiring({
            read: none.map(() => 1 / n),
            carry: grows ? [...identity(n), none] : identity(n),
            write: grows ? [...none, 1] : oneHot(n, n - 1),
            // A mean of one has nothing to train.
            ...(n > 1 ? { weights: depthAttention() } : {}),
          }),
        },
      };
    },
    leave: () => leaving({ read: 'mean', weights: depthAttention() }),
    finalNorm: () => norm,
  };
};
