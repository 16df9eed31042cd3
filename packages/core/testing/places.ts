import type { Place } from '../src/residual/place';

/** A place in a 6-6 encoder-decoder: by default the encoder's first self-attention. */
export const placeAt = (own: Partial<Place> = {}): Place => ({
  stack: 'encoder',
  kind: 'selfAttention',
  block: 0,
  index: 0,
  branches: 12,
  depths: { encoder: 6, decoder: 6 },
  endsBlock: false,
  ...own,
});
