import { check } from '../checks/errors';
import { alibiPositions } from './alibiPositions';
import type { PositionScheme } from './attentionPositions';
import { type RelativeOptions, relativePositions } from './relativePositions';
import { rotaryPositions } from './rotaryPositions';

/** T5's trained bias by distance, as a config has it. */
export interface RelativePositions extends RelativeOptions {
  readonly kind: 'relative';
}

/** Positions that self-attention itself knows, as a config has them: rotary, ALiBi or T5's. */
export type AttentionPositions = 'rotary' | 'alibi' | RelativePositions;

/** The object that a config's positions stand for. Throws on an unknown kind or option. */
export const positionsFrom = (positions: AttentionPositions): PositionScheme => {
  const what = 'self-attention positions';
  if (typeof positions === 'object' && positions !== null) {
    const { kind, ...options } = positions;
    check(kind === 'relative', `${what}.kind`, kind, "'relative'");
    return relativePositions(options);
  }
  const allowed = "'rotary', 'alibi', { kind: 'relative' }";
  check(positions === 'rotary' || positions === 'alibi', what, positions, allowed);
  return positions === 'rotary' ? rotaryPositions() : alibiPositions();
};
