import { deepest, type StackPlace } from '../place';
import { ONE, type ResidualMethod } from '../residual';

/** 0.67 L^(-1/4) in an encoder, (9 M)^(-1/4) in a decoder: a stack that is causal or reads another. */
const weightFactor = ({ depth, causal, reads }: StackPlace): number =>
  causal || deepest(reads) > 0 ? (9 * depth) ** -0.25 : 0.67 * depth ** -0.25;

/**
 * x' = x + f(x) without norms and without warm-up (Huang et al. 2020, section 3.2). All weights Xavier-uniform
 * (the value matrix as one of its own, hence sqrt(2) against the fused start), then value, output, inner and outer
 * times the factor above; embeddings times (9 L)^(-1/4), where untied (9 M)^(-1/4) in the decoder.
 *
 * @see {@link https://proceedings.mlr.press/v119/huang20f.html | Huang et al. 2020, Improving Transformer Optimization Through Better Initialization}
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
  embeddingGain: ({ depth }) => (9 * depth) ** -0.25,
});
