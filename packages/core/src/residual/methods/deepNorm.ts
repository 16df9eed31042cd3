import { deepest, type StackPlace } from '../place';
import { ONE, type ResidualMethod } from '../residual';

/** alpha on the shortcut and beta on the weights, by the depths L of an encoder and M of the decoder that reads it. */
export const deepNormConstants = ({
  depth,
  reads,
  readBy,
}: Omit<StackPlace, 'stack' | 'causal'>): { readonly alpha: number; readonly beta: number } => {
  if (deepest(reads) > 0) return { alpha: (3 * depth) ** 0.25, beta: (12 * depth) ** -0.25 };
  const decoder = deepest(readBy);
  if (decoder === 0) return { alpha: (2 * depth) ** 0.25, beta: (8 * depth) ** -0.25 };
  const mixed = (depth ** 4 * decoder) ** (1 / 16);
  return { alpha: 0.81 * mixed, beta: 0.87 / mixed };
};

/**
 * x' = LN(alpha x + f(x)), alpha constant, value, output, inner and outer weights times beta at the start
 * (Wang et al. 2022, DeepNet, figure 2). The weights that beta multiplies are the common start of all methods here,
 * as in the authors' released code.
 *
 * @see {@link https://arxiv.org/abs/2203.00555 | Wang et al. 2022, DeepNet: Scaling Transformers to 1,000 Layers}
 */
export const deepNorm = (): ResidualMethod => ({
  name: 'deepNorm',
  options: {},
  plan: (place) => {
    const { alpha, beta } = deepNormConstants(place);
    return {
      residual: { after: 'layer', shortcutScale: { kind: 'constant', value: alpha }, branchScale: ONE },
      initGains: { value: beta, output: beta, inner: beta, outer: beta },
    };
  },
});
