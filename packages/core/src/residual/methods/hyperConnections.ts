import { checkFlag, checkInteger, checkOptions } from '../../checks/errors';
import { dynamicWeights } from '../../streams/dynamicWeights';
import { identity, oneHot } from '../../streams/identity';
import { leaving } from '../../streams/leaving';
import { wiring } from '../../streams/wiring';
import { ONE, type ResidualMethod } from '../residual';
import { type MethodNorm, normOption } from './normOption';

/** Options of `hyperConnections`. */
export interface HyperConnectionsOptions {
  /** n. Default 4. */
  readonly streams?: number;
  /** Whether the weights are a function of the streams, token by token; else they are trained alone. Default true. */
  readonly dynamic?: boolean;
  /** All norms of the stack. Default 'rms'. */
  readonly norm?: MethodNorm;
}

/**
 * n streams X, which start as copies and leave as their sum: X' = B X + c f(N(a X)), a [n], B [n, n] and c [n] trained
 * (Zhu et al. 2024, Hyper-Connections). Sub-layer i reads stream i mod n at the start, B is the identity and c is 1, so the
 * stack starts as Pre-LN. Dynamic ones add to each weight s tanh(N(x) w), w from zero and s from 0.01.
 *
 * @throws SteadyformerError on options that it does not know, and on other values of them
 * @see {@link https://arxiv.org/abs/2409.19606 | Zhu et al. 2024, Hyper-Connections}
 */
export const hyperConnections = (options: HyperConnectionsOptions = {}): ResidualMethod => {
  const where = 'hyperConnections()';
  checkOptions(options, ['streams', 'dynamic', 'norm'], where);
  const { streams = 4, dynamic = true } = options;
  checkInteger(`${where} streams`, streams, 2);
  checkFlag(`${where} dynamic`, dynamic);
  const norm = normOption(options.norm, where);
  return {
    name: 'hyperConnections',
    options: { streams, dynamic, norm },
    plan: ({ index }) => {
      const numbers = {
        read: oneHot(streams, index % streams),
        carry: identity(streams),
        write: Array.from({ length: streams }, () => 1),
      };
      return {
        residual: {
          before: norm,
          shortcutScale: ONE,
          branchScale: ONE,
          streams: wiring({ ...numbers, weights: dynamic ? dynamicWeights(numbers, norm) : 'trained' }),
        },
      };
    },
    leave: () => leaving({ read: 'sum' }),
  };
};
