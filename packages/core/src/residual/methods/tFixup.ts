import type { Place } from '../place';
import { ONE, type ResidualMethod } from '../residual';

/** 0.67 L^(-1/4) in the encoder, (9 M)^(-1/4) in the decoder. */
const weightFactor = ({ stack, depths }: Pick<Place, 'stack' | 'depths'>): number =>
  stack === 'encoder' ? 0.67 * depths.encoder ** -0.25 : (9 * depths.decoder) ** -0.25;

/**
 * x' = x + f(x) without norms and without warm-up (Huang et al. 2020, section 3.2). All weights Xavier-uniform
 * (the value matrix as one of its own, hence sqrt(2) against the fused start), then value, output, inner and outer
 * times the factor above; embeddings times (9 L)^(-1/4), where untied (9 M)^(-1/4) in the decoder.
 */
export const tFixup = (): ResidualMethod => ({
  name: 'tFixup',
  options: {},
  plan: (place) => {
    const factor = weightFactor(place);
    return {
      residual: { shortcutScale: ONE, branchScale: ONE },
      initGains: { value: Math.SQRT2 * factor, output: factor, inner: factor, outer: factor },
    };
  },
  embeddingGain: ({ stack, depths }) => (9 * depths[stack]) ** -0.25,
});
