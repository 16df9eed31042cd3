import * as v from 'valibot';
import { byKind, oneOf, whole } from '../checks/schema';
import { SINUSOID_LAYOUTS, type SinusoidLayout } from '../ops/sinusoidalPositions';

/**
 * Position vectors: none, computed, or rows of a trained table for sentences of up to `length` tokens. Sinusoids are
 * by default the authors' (fairseq's): 'halves', sines then cosines, counted from padId + 1; 'interleaved' are those
 * of Vaswani et al. 2017, sines and cosines in turn, counted from 0.
 */
export type Positions =
  | { readonly kind: 'none' }
  | { readonly kind: 'sinusoidal'; readonly layout?: SinusoidLayout }
  | { readonly kind: 'learned'; readonly length: number };

export const positionsSchema = (): v.GenericSchema<Positions, Positions> =>
  byKind<Positions>(
    {
      none: {},
      sinusoidal: { layout: v.optional(oneOf(SINUSOID_LAYOUTS)) },
      learned: { length: whole() },
    },
    "an object such as { kind: 'none' }",
  );
