import type { Place, StackPlace } from '../src/residual/place';

/** A stack of an encoder-decoder of these depths; a depth of 0 means that the model has no such stack. */
export const stackOf = (stack: 'encoder' | 'decoder', encoder: number, decoder: number): StackPlace => {
  const both = encoder > 0 && decoder > 0;
  return stack === 'encoder'
    ? { stack, depth: encoder, causal: false, reads: {}, readBy: both ? { decoder } : {} }
    : { stack, depth: decoder, causal: true, reads: both ? { encoder } : {}, readBy: {} };
};

/** A place in a 6-6 encoder-decoder: by default the encoder's first self-attention. */
export const placeAt = (own: Partial<Place> = {}): Place => ({
  ...stackOf(own.stack === 'decoder' ? 'decoder' : 'encoder', 6, 6),
  kind: 'selfAttention',
  block: 0,
  index: 0,
  branches: 12,
  endsBlock: false,
  ...own,
});
