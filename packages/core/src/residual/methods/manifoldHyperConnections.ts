import { checkInteger, checkOptions } from '../../checks/errors';
import { identity, oneHot } from '../../streams/identity';
import { leaving } from '../../streams/leaving';
import { bounded, manifoldWeights } from '../../streams/manifoldWeights';
import { wiring } from '../../streams/wiring';
import { ONE, type ResidualMethod } from '../residual';
import { type MethodNorm, normOption } from './normOption';

/** Options of `manifoldHyperConnections`. */
export interface ManifoldHyperConnectionsOptions {
  /** n. Default 4. */
  readonly streams?: number;
  /** Times that columns and rows of B are scaled in turn. Default 20. */
  readonly steps?: number;
  /** All norms of the stack. Default 'rms'. */
  readonly norm?: MethodNorm;
}

const [READ, AWAY] = [4, -8];

/**
 * Hyper-connections X' = B X + c f(N(a X)) whose weights keep the streams' size: a of (0, 1), c of (0, 2), and B doubly
 * stochastic, all functions of the token's streams (Xie et al. 2025, mHC). The paper gives the start of the gates alone,
 * 0.01; here the maps start as zero and the rest near hyper-connections: sub-layer i reads stream i mod n with
 * sigmoid(4) and the others with sigmoid(-4), c is 1, and B has e^-8 for every 1 beside its diagonal.
 *
 * @throws SteadyformerError on options that it does not know, and on other values of them
 * @see {@link https://arxiv.org/abs/2512.24880 | Xie et al. 2025, mHC: Manifold-Constrained Hyper-Connections}
 */
export const manifoldHyperConnections = (options: ManifoldHyperConnectionsOptions = {}): ResidualMethod => {
  const where = 'manifoldHyperConnections()';
  checkOptions(options, ['streams', 'steps', 'norm'], where);
  const { streams = 4, steps = 20 } = options;
  checkInteger(`${where} streams`, streams, 2);
  checkInteger(`${where} steps`, steps);
  const norm = normOption(options.norm, where);
  return {
    name: 'manifoldHyperConnections',
    options: { streams, steps, norm },
    plan: ({ index }) => {
      const logits = {
        read: oneHot(streams, index % streams).map((chosen) => (chosen ? READ : -READ)),
        write: oneHot(streams, 0).map(() => 0),
        carry: identity(streams).map((row) => row.map((own) => (own ? 0 : AWAY))),
      };
      return {
        residual: {
          before: norm,
          shortcutScale: ONE,
          branchScale: ONE,
          streams: wiring({ ...bounded(logits, steps), weights: manifoldWeights(logits, steps) }),
        },
      };
    },
    leave: () => leaving({ read: 'sum' }),
  };
};
