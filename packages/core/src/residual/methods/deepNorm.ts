import type { Place } from '../place';
import { ONE, type ResidualMethod } from '../residual';

/** alpha on the shortcut and beta on the weights, by the depths L of the encoder and M of the decoder. */
export const deepNormConstants = ({
  stack,
  depths,
}: Pick<Place, 'stack' | 'depths'>): { readonly alpha: number; readonly beta: number } => {
  const { encoder: L, decoder: M } = depths;
  if (L > 0 && M > 0) {
    const mixed = (L ** 4 * M) ** (1 / 16);
    return stack === 'encoder'
      ? { alpha: 0.81 * mixed, beta: 0.87 / mixed }
      : { alpha: (3 * M) ** 0.25, beta: (12 * M) ** -0.25 };
  }
  const depth = depths[stack];
  return { alpha: (2 * depth) ** 0.25, beta: (8 * depth) ** -0.25 };
};

/**
 * x' = LN(alpha x + f(x)), alpha constant, value, output, inner and outer weights times beta at the start
 * (Wang et al. 2022, DeepNet, figure 2). The weights that beta multiplies are the common start of all methods here,
 * as in the authors' released code.
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
