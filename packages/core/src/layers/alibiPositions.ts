import { alibiBias } from '../ops/alibi';
import type { PositionScheme } from './attentionPositions';

/** Scores that fall with the distance of key and query, at a slope a head (Press et al. 2022). */
export const alibiPositions = (): PositionScheme => ({
  name: 'alibi',
  make: ({ heads }) => ({ distances: (queries, keys) => alibiBias(heads, queries, keys) }),
});
