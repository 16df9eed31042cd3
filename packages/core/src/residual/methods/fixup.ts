import { ONE, type ResidualMethod } from '../residual';

/**
 * x' = x + s f(x) without norms, s a trained scalar a branch from 1 (Zhang et al. 2019). Of a branch's m weight
 * layers the last starts at zero and the others are scaled by N^(-1 / (2 m - 2)); here m = 2 (value and output,
 * inner and outer), so the factor is N^(-1/2). The scalar biases of the original are left to the biases that our
 * linear maps have, and the output projection keeps its own start, being tied to the embeddings.
 *
 * @see {@link https://arxiv.org/abs/1901.09321 | Zhang et al. 2019, Fixup Initialization}
 */
export const fixup = (): ResidualMethod => ({
  name: 'fixup',
  options: {},
  plan: ({ branches }) => {
    const factor = branches ** -0.5;
    return {
      residual: { shortcutScale: ONE, branchScale: { kind: 'scalar', initial: 1 } },
      initGains: { value: factor, output: 0, inner: factor, outer: 0 },
    };
  },
});
