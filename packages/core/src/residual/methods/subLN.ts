import type { Place } from '../place';
import { ONE, type ResidualMethod } from '../residual';

/** gamma on value, output, inner and outer weights, by the depths L of the encoder and M of the decoder. */
export const subLNGain = ({ stack, depths }: Pick<Place, 'stack' | 'depths'>): number => {
  const { encoder: L, decoder: M } = depths;
  if (L > 0 && M > 0) {
    const decoder = Math.log(3 * M);
    return Math.sqrt(stack === 'encoder' ? (decoder * Math.log(2 * L)) / 3 : decoder);
  }
  return Math.sqrt(Math.log(2 * depths[stack]));
};

/**
 * Pre-LN with a second norm inside every branch, before attention's output projection and before the feed-forward's
 * second map (Wang et al. 2022, Magneto, figure 2 and table 2). Cross-attention keeps the common start.
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
