import type { PositionScheme } from '../layers/attentionPositions';
import { type AttentionPositions, positionsFrom } from '../layers/positionsFrom';
import type { SubLayerSpec } from '../residual/branch';
import { crossAttention, feedForward, type SubLayerParts, selfAttention } from './subLayers';

/** What the names in a model's config stand for. */
export interface ModelParts {
  /** Sub-layers that a block may name. */
  readonly subLayers: Readonly<Record<string, (options: SubLayerParts) => SubLayerSpec>>;
  /** Positions within self-attention. Absent: a config may name none. */
  readonly positions?: (config: AttentionPositions) => PositionScheme;
}

const self = (options: SubLayerParts): SubLayerSpec => selfAttention(options);

/** Those of the usual encoder. */
export const encoderParts: ModelParts = { subLayers: { selfAttention: self, feedForward } };

/** All that core has. */
export const modelParts: ModelParts = {
  // Without a spread, which bundlers would keep.
  subLayers: { selfAttention: self, crossAttention, feedForward },
  positions: positionsFrom,
};
