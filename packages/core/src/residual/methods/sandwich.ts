import { ONE, type ResidualMethod } from '../residual';

/**
 * x' = x + LN(f(LN(x))), with one norm more at the end of the stack (Ding et al. 2021, CogView, section 2.4).
 *
 * @see {@link https://arxiv.org/abs/2105.13290 | Ding et al. 2021, CogView}
 */
export const sandwich = (): ResidualMethod => ({
  name: 'sandwich',
  options: {},
  plan: () => ({ residual: { before: 'layer', inside: 'layer', shortcutScale: ONE, branchScale: ONE } }),
});
