import { checkOptions } from '../../checks/errors';
import { wiring } from '../../streams/wiring';
import type { Place } from '../place';
import { ONE, type Residual, type ResidualMethod } from '../residual';
import { type MethodNorm, normOption } from './normOption';

/** Options of `spanNorm`. */
export interface SpanNormOptions {
  /** All norms of the stack. Default 'rms'. */
  readonly norm?: MethodNorm;
}

/** The block's input waits as a second stream, and is the shortcut of the block's last sub-layer. */
const streamsAt = ({ index, branches, depth, endsBlock }: Place): Pick<Residual, 'streams'> => {
  const startsBlock = index % (branches / depth) === 0;
  if (startsBlock && endsBlock) return {};
  if (startsBlock) return { streams: wiring({ read: [1], carry: [[1], [1]], write: [1, 0] }) };
  if (endsBlock) return { streams: wiring({ read: [1, 0], carry: [[0, 1]], write: [1] }) };
  const carry = [
    [1, 0],
    [0, 1],
  ];
  return { streams: wiring({ read: [1, 0], carry, write: [1, 0] }) };
};

/**
 * Post-LN whose feed-forward joins what entered the block: h = N(x + Attn(x)), x' = N(x + f(h)); the first attention of
 * the stack reads a normed input, and its shortcut does not (Wang et al. 2026, SpanNorm). The wiring is as a port of the
 * paper's equations 5 to 8 has it; the scales of initial weights that the paper proposes beside it were not found, and
 * weights keep the common start.
 *
 * @throws SteadyformerError on options that it does not know, and on other values of them
 * @see {@link https://arxiv.org/abs/2601.22580 | Wang et al. 2026, SpanNorm: Reconciling Training Stability and Performance in Deep Transformers}
 */
export const spanNorm = (options: SpanNormOptions = {}): ResidualMethod => {
  checkOptions(options, ['norm'], 'spanNorm()');
  const norm = normOption(options.norm, 'spanNorm()');
  return {
    name: 'spanNorm',
    options: { norm },
    plan: (place) => ({
      residual: {
        ...(place.index === 0 ? { before: norm } : {}),
        after: norm,
        shortcutScale: ONE,
        branchScale: ONE,
        ...streamsAt(place),
      },
    }),
  };
};
