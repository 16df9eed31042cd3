import * as tf from '@tensorflow/tfjs';
import { check, checkNumber, checkOptions } from '../checks/errors';
import { rotary } from '../ops/rotary';
import type { PositionScheme } from './attentionPositions';

/** Options of `rotaryPositions`. */
export interface RotaryOptions {
  /** The angles of a position, over its features, go from 1 to 1 / base: wavelengths from 2 pi to 2 pi base. Default 10000. */
  readonly base?: number;
}

/** Queries and keys of packed [B, T, (H + 2 G) Dh] turned by their positions, the first at `start`. */
const withTurns = (
  packed: tf.Tensor3D,
  heads: number,
  groups: number,
  start: number,
  base: number,
): tf.Tensor3D => {
  const depth = packed.shape[2] / (heads + 2 * groups);
  const [queryKey, value] = tf.split<tf.Tensor3D>(packed, [(heads + groups) * depth, groups * depth], 2);
  return tf.concat([rotary(queryKey!, heads + groups, start, base), value!], 2);
};

/**
 * Queries and keys turned in pairs of features by angles that grow with their positions (Su et al. 2021). An attention
 * whose heads have an odd number of features throws.
 *
 * @throws SteadyformerError on options that it does not know, and on a base that is no number > 0
 */
export const rotaryPositions = (options: RotaryOptions = {}): PositionScheme => {
  checkOptions(options, ['base'], 'rotaryPositions()');
  const { base = 10000 } = options;
  checkNumber('rotaryPositions() base', base, 'numbers > 0', (value) => value > 0);
  return {
    name: 'rotary',
    make: ({ heads, groups, headWidth }) => {
      const next = 'Choose heads so that width / heads is even.';
      const even = headWidth % 2 === 0;
      check(even, "features of a head with positions 'rotary'", headWidth, 'even numbers', next);
      return { turn: (packed, start) => withTurns(packed, heads, groups, start, base) };
    },
  };
};
