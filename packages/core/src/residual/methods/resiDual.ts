import { checkNumber, checkOptions } from '../../checks/errors';
import { leaving } from '../../streams/leaving';
import { wiring } from '../../streams/wiring';
import { ONE, type ResidualMethod } from '../residual';

/** Options of `resiDual`. */
export interface ResiDualOptions {
  /**
   * s, on all that the second stream takes in. The norm at its end takes it back but for its epsilon: it serves numbers
   * of short range. Default 1.
   */
  readonly scale?: number;
}

/**
 * Two streams: x' = LN(x + f(x)), Post-LN, and y' = y + s f(x), which nothing norms before the end; y starts as s x. What
 * leaves is x + LN(y) (Xie et al. 2023, ResiDual, section 2.2), with no other norm.
 *
 * @throws SteadyformerError on options that it does not know, and on a scale that is no number > 0
 * @see {@link https://arxiv.org/abs/2304.14802 | Xie et al. 2023, ResiDual: Transformer with Dual Residual Connections}
 */
export const resiDual = (options: ResiDualOptions = {}): ResidualMethod => {
  checkOptions(options, ['scale'], 'resiDual()');
  const { scale = 1 } = options;
  checkNumber('resiDual() scale', scale, 'numbers > 0', (value) => value > 0);
  return {
    name: 'resiDual',
    options: { scale },
    plan: ({ index }) => ({
      residual: {
        after: 'layer',
        shortcutScale: ONE,
        branchScale: ONE,
        streams: wiring({
          read: [1, 0],
          carry: [
            [1, 0],
            [0, index === 0 ? scale : 1],
          ],
          write: [1, scale],
        }),
      },
    }),
    leave: () => leaving({ read: 'sum', norms: [undefined, 'layer'] }),
    finalNorm: () => undefined,
  };
};
