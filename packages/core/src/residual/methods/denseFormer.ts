import { checkInteger, checkOptions } from '../../checks/errors';
import { identity, oneHot } from '../../streams/identity';
import { leaving } from '../../streams/leaving';
import { trainedMix } from '../../streams/trainedMix';
import { wiring } from '../../streams/wiring';
import { ONE, type ResidualMethod } from '../residual';
import { type MethodNorm, normOption } from './normOption';

/** Options of `denseFormer`. */
export interface DenseFormerOptions {
  /** p, blocks from one average to the next. Default 1. */
  readonly period?: number;
  /** All norms of the stack. Default 'rms'. */
  readonly norm?: MethodNorm;
}

/**
 * Pre-LN with a trained average over depth behind every p-th block: x <- sum_j alpha_j X_j over the stack's input X_0 and
 * what every block so far gave, X_j, before such an average. Alpha is 1 for the last block and 0 for the others at the
 * start, which is Pre-LN's stack (Pagliardini et al. 2024, section 3). The authors' dilation, sums over every k-th block
 * only, is not part of this.
 *
 * @throws SteadyformerError on options that it does not know, and on other values of them
 * @see {@link https://arxiv.org/abs/2402.02622 | Pagliardini et al. 2024, DenseFormer}
 */
export const denseFormer = (options: DenseFormerOptions = {}): ResidualMethod => {
  const where = 'denseFormer()';
  checkOptions(options, ['period', 'norm'], where);
  const { period = 1 } = options;
  checkInteger(`${where} period`, period);
  const norm = normOption(options.norm, where);
  return {
    name: 'denseFormer',
    options: { period, norm },
    plan: ({ block, index, branches, depth }) => {
      // The first stream goes on; behind it are X_block, .., X_0.
      const first = index % (branches / depth) === 0;
      const n = first ? block + 1 : block + 2;
      const read = oneHot(n, 0);
      const averages = first && block > 0 && block % period === 0;
      return {
        residual: {
          before: norm,
          shortcutScale: ONE,
          branchScale: ONE,
          streams: wiring({
            read,
            carry: first ? [read, ...identity(n)] : identity(n),
            write: oneHot(first ? n + 1 : n, 0),
            ...(averages ? { weights: trainedMix(read) } : {}),
          }),
        },
      };
    },
    leave: ({ depth }) =>
      leaving({
        read: 'first',
        ...(depth % period === 0 ? { weights: trainedMix(oneHot(depth + 1, 0)) } : {}),
      }),
  };
};
