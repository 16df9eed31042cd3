import { checkFlag, checkOptions } from '../../checks/errors';
import { ONE, type ResidualMethod } from '../residual';

/** Options of `b2t`. */
export interface B2tOptions {
  /**
   * Whether all weights of a block start multiplied by (blocks of the stack)^(-1/2), as in the authors' released
   * code. Default false.
   */
  readonly scaledInit?: boolean;
}

/**
 * Post-LN with a bottom-to-top connection (Takase et al. 2022, section 4): the block's input joins the sum before
 * the block's last norm, y = LN(x + h + FFN(h)).
 *
 * @throws SteadyformerError on options that it does not know, and on other values of them
 * @see {@link https://arxiv.org/abs/2206.00330 | Takase et al. 2022, On Layer Normalizations and Residual Connections in Transformers}
 */
export const b2t = (options: B2tOptions = {}): ResidualMethod => {
  checkOptions(options, ['scaledInit'], 'b2t()');
  const { scaledInit = false } = options;
  checkFlag('b2t() scaledInit', scaledInit);
  return {
    name: 'b2t',
    options: { scaledInit },
    plan: ({ depth, endsBlock }) => {
      const factor = depth ** -0.5;
      return {
        residual: {
          after: 'layer',
          shortcutScale: ONE,
          branchScale: ONE,
          ...(endsBlock ? { extraShortcut: 'block' as const } : {}),
        },
        ...(scaledInit
          ? {
              initGains: {
                ...{ query: factor, key: factor, value: factor, output: factor },
                ...{ inner: factor, outer: factor },
              },
            }
          : {}),
      };
    },
  };
};
