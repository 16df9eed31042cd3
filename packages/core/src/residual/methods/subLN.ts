import { deepest, type StackPlace } from '../place';
import { ONE, type ResidualMethod } from '../residual';

/**
 * gamma on value, output, inner and outer weights, by the depths L of an encoder and M of a decoder: sqrt(ln(3 M)
 * ln(2 L) / 3) in an encoder that a decoder reads, sqrt(ln(3 M)) in that decoder, sqrt(ln(2 L)) in a stack alone.
 */
export const subLNGain = ({ depth, reads, readBy }: Omit<StackPlace, 'stack' | 'causal'>): number => {
  if (deepest(reads) > 0) return Math.sqrt(Math.log(3 * depth));
  const decoder = deepest(readBy);
  const alone = Math.log(2 * depth);
  return Math.sqrt(decoder > 0 ? (Math.log(3 * decoder) * alone) / 3 : alone);
};

/**
 * Pre-LN with a second norm inside every branch, before attention's output projection and before the feed-forward's
 * second map (Wang et al. 2022, Magneto, figure 2 and table 2). Cross-attention keeps the common start.
 *
 * @see {@link https://arxiv.org/abs/2210.06423 | Wang et al. 2022, Foundation Transformers (Magneto)}
 */
export const subLN = (): ResidualMethod => ({
  name: 'subLN',
  options: {},
  plan: (place) => {
    const gain = subLNGain(place);
    return {
      residual: { before: 'layer', shortcutScale: ONE, branchScale: ONE },
      branchOptions: { innerNorm: 'layer' },
      ...(place.kind === 'crossAttention'
        ? {}
        : { initGains: { value: gain, output: gain, inner: gain, outer: gain } }),
    };
  },
});
