import { checkOptions } from '../checks/errors';
import { type AttentionPositions, positionsFrom } from '../layers/positionsFrom';
import type { SubLayerSpec } from '../residual/branch';
import {
  type BranchSizes,
  crossAttention,
  feedForward,
  type SubLayerParts,
  selfAttention,
} from './subLayers';

/** What the sub-layers of a block are made of. */
export interface BlockOptions extends BranchSizes {
  /** Positions within self-attention. Default none. */
  readonly positions?: AttentionPositions | undefined;
}

/** The keys of a block's options. */
export const OPTIONS = [
  'width',
  'heads',
  'keyValueHeads',
  'feedForward',
  'activation',
  'attentionDropout',
  'activationDropout',
  'positions',
] as const;

const partsOf = (options: BlockOptions, where: string): SubLayerParts => {
  checkOptions(options, OPTIONS, where);
  const { positions, ...sizes } = options;
  return positions === undefined ? sizes : { ...sizes, positions: positionsFrom(positions) };
};

/**
 * Causal self-attention and feed-forward: the block of a language model, two residual branches.
 *
 * @throws SteadyformerError on options that it does not know, and on other values of them
 */
export const languageModelBlock = (options: BlockOptions): SubLayerSpec[] => {
  const made = partsOf(options, 'languageModelBlock()');
  return [selfAttention(made, true), feedForward(made)];
};

/**
 * Self-attention, causal where its stack is, and feed-forward: the encoder's block, two residual branches.
 *
 * @throws SteadyformerError on options that it does not know, and on other values of them
 */
export const encoderBlock = (options: BlockOptions): SubLayerSpec[] => {
  const made = partsOf(options, 'encoderBlock()');
  return [selfAttention(made), feedForward(made)];
};

/**
 * Causal self-attention, cross-attention and feed-forward: the decoder's block, three residual branches.
 *
 * @throws SteadyformerError on options that it does not know, and on other values of them
 */
export const decoderBlock = (options: BlockOptions): SubLayerSpec[] => {
  const made = partsOf(options, 'decoderBlock()');
  return [selfAttention(made, true), crossAttention(made), feedForward(made)];
};
