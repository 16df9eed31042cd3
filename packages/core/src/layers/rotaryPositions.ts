import * as tf from '@tensorflow/tfjs';
import { check } from '../checks/errors';
import { rotary } from '../ops/rotary';
import type { PositionScheme } from './attentionPositions';

/** Queries and keys of packed [B, T, (H + 2 G) Dh] turned by their positions, the first at `start`. */
const withTurns = (packed: tf.Tensor3D, heads: number, groups: number, start: number): tf.Tensor3D => {
  const depth = packed.shape[2] / (heads + 2 * groups);
  const [queryKey, value] = tf.split<tf.Tensor3D>(packed, [(heads + groups) * depth, groups * depth], 2);
  return tf.concat([rotary(queryKey!, heads + groups, start), value!], 2);
};

/**
 * Queries and keys turned in pairs of features by angles that grow with their positions (Su et al. 2021). An attention
 * whose heads have an odd number of features throws.
 */
export const rotaryPositions = (): PositionScheme => ({
  name: 'rotary',
  make: ({ heads, groups, headWidth }) => {
    const next = 'Choose heads so that width / heads is even.';
    check(headWidth % 2 === 0, "features of a head with positions 'rotary'", headWidth, 'even numbers', next);
    return { turn: (packed, start) => withTurns(packed, heads, groups, start) };
  },
});
