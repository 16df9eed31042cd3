import { ONE, type ResidualMethod } from '../residual';

/** x' = LN(x + f(x)) (Vaswani et al. 2017). */
export const postLN = (): ResidualMethod => ({
  name: 'postLN',
  options: {},
  plan: () => ({ residual: { after: 'layer', shortcutScale: ONE, branchScale: ONE } }),
});
