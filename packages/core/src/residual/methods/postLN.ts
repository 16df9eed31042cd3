import { ONE, type ResidualMethod } from '../residual';

/**
 * x' = LN(x + f(x)) (Vaswani et al. 2017).
 *
 * @see {@link https://arxiv.org/abs/1706.03762 | Vaswani et al. 2017, Attention Is All You Need}
 */
export const postLN = (): ResidualMethod => ({
  name: 'postLN',
  options: {},
  plan: () => ({ residual: { after: 'layer', shortcutScale: ONE, branchScale: ONE } }),
});
