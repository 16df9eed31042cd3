import { checkInteger, checkOneOf, checkOptions, checkRecord } from '../checks/errors';
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

/** The kinds, and the keys each may have beside `kind`. */
const KINDS = { none: [], sinusoidal: ['layout'], learned: ['length'] };

/** Throws on an unknown kind, key or layout. */
export const checkPositionVectors = (positions: Positions, what: string): void => {
  checkRecord(what, positions, "an object such as { kind: 'none' }");
  const kind = checkOneOf(`${what}.kind`, positions.kind, Object.keys(KINDS) as Positions['kind'][]);
  checkOptions(positions, ['kind', ...KINDS[kind]], what);
  if (positions.kind === 'learned') checkInteger(`${what}.length`, positions.length);
  if (positions.kind !== 'sinusoidal') return;
  const { layout = 'halves' } = positions;
  checkOneOf(`${what}.layout`, layout, SINUSOID_LAYOUTS);
};
