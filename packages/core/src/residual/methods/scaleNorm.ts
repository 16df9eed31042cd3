import { ONE, type ResidualMethod } from '../residual';

/**
 * Pre-LN with ScaleNorm for every norm, the one at the end of the stack too, and SmallInit: attention weights of
 * variance 2 / (5 D), feed-forward 2 / (D + d_ff), the common start (Nguyen and Salazar 2019, sections 2.2 and 3).
 * Gains are against the common start, 1 / (2 D) for query, key and value and 1 / D for output.
 *
 * @see {@link https://arxiv.org/abs/1910.05895 | Nguyen and Salazar 2019, Transformers without Tears}
 */
export const scaleNorm = (): ResidualMethod => {
  const projection = Math.sqrt(4 / 5);
  return {
    name: 'scaleNorm',
    options: {},
    plan: () => ({
      residual: { before: 'scale', shortcutScale: ONE, branchScale: ONE },
      initGains: { query: projection, key: projection, value: projection, output: Math.sqrt(2 / 5) },
    }),
  };
};
