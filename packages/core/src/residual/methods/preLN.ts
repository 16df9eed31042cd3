import { ONE, type ResidualMethod } from '../residual';

/**
 * x' = x + f(LN(x)), with one norm more at the end of the stack (Liu et al. 2020, section 2).
 *
 * @see {@link https://arxiv.org/abs/2002.04745 | Xiong et al. 2020, On Layer Normalization in the Transformer Architecture}
 */
export const preLN = (): ResidualMethod => ({
  name: 'preLN',
  options: {},
  plan: () => ({ residual: { before: 'layer', shortcutScale: ONE, branchScale: ONE } }),
});
