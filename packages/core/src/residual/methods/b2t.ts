import { checkFlag, checkOptions } from '../../checks/errors';
import { wiring } from '../../streams/wiring';
import type { Place } from '../place';
import { ONE, type Residual, type ResidualMethod } from '../residual';

/** Options of `b2t`. */
export interface B2tOptions {
  /**
   * Whether all weights of a block start multiplied by (blocks of the stack)^(-1/2), as in the authors' released
   * code. Default false.
   */
  readonly scaledInit?: boolean;
}

/** The block's input is a second stream, from its first sub-layer to the sum of its last. */
const streamsAt = ({ index, branches, depth, endsBlock }: Place): Pick<Residual, 'streams'> => {
  const startsBlock = index % (branches / depth) === 0;
  if (startsBlock) {
    // Of a block of one sub-layer the input stands twice in its sum.
    return {
      streams: wiring({ read: [1], carry: endsBlock ? [[2]] : [[1], [1]], write: endsBlock ? [1] : [1, 0] }),
    };
  }
  const carry = endsBlock
    ? [[1, 1]]
    : [
        [1, 0],
        [0, 1],
      ];
  return { streams: wiring({ read: [1, 0], carry, write: endsBlock ? [1] : [1, 0] }) };
};

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
    plan: (place) => {
      const factor = place.depth ** -0.5;
      return {
        residual: {
          after: 'layer',
          shortcutScale: ONE,
          branchScale: ONE,
          ...streamsAt(place),
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
