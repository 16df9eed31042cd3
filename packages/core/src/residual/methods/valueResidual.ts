import { checkOptions } from '../../checks/errors';
import { firstValues, valuesOf } from '../../layers/firstValues';
import { identity } from '../../streams/identity';
import { wiring } from '../../streams/wiring';
import { ONE, type ResidualMethod } from '../residual';
import { type MethodNorm, normOption } from './normOption';

/** Options of `valueResidual`. */
export interface ValueResidualOptions {
  /** a, on the values of the attention itself. Default 0.5. */
  readonly own?: number;
  /** b, on those of the first block's. Default 0.5. */
  readonly first?: number;
  /** Whether both are trained from there, two numbers an attention. Default true. */
  readonly trained?: boolean;
  /** All norms of the stack. Default 'rms'. */
  readonly norm?: MethodNorm;
}

/**
 * Pre-LN whose self-attentions, from the second block on, attend a v_l + b v_1 in place of their own values v_l, v_1 those
 * of the first block: x' = x + f(N(x), v_1). Trained from 1/2 and 1/2, or fixed, as in the authors' code. Attention to another
 * stack stays as it is. v_1 goes through the stack as a second stream.
 *
 * @throws SteadyformerError on options that it does not know, and on other values of them
 * @see {@link https://arxiv.org/abs/2410.17897 | Zhou et al. 2024, Value Residual Learning}
 */
export const valueResidual = (options: ValueResidualOptions = {}): ResidualMethod => {
  const where = 'valueResidual()';
  checkOptions(options, ['own', 'first', 'trained', 'norm'], where);
  const { own = 0.5, first = 0.5, trained = true } = options;
  const norm = normOption(options.norm, where);
  const through = { read: [1, 0], carry: identity(2), write: [1, 0] };
  const valueMix = firstValues({ own, first, trained });
  return {
    name: 'valueResidual',
    options: { own, first, trained, norm },
    plan: ({ kind, block, depth }) => {
      const residual = { before: norm, shortcutScale: ONE, branchScale: ONE };
      if (kind !== 'selfAttention' || depth === 1)
        return { residual: { ...residual, streams: wiring(through) } };
      if (block > 0) {
        return {
          residual: { ...residual, streams: wiring({ ...through, shows: 1 }) },
          branchOptions: { valueMix },
        };
      }
      const handsOn = { stream: 1, name: 'values', of: valuesOf };
      const carry = [
        [1, 0],
        [0, 0],
      ];
      return { residual: { ...residual, streams: wiring({ ...through, carry, handsOn }) } };
    },
  };
};
