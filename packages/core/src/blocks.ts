import type { SubLayerSpec } from './branch';
import { CrossAttention, SelfAttention } from './layers/attention';
import { FeedForward } from './layers/feedForward';

export interface BlockOptions {
  readonly width: number;
  readonly heads: number;
  /** Hidden width of the feed-forward branch, d_ff. */
  readonly feedForward: number;
  /** Default 'relu'. */
  readonly activation?: 'relu' | 'gelu';
  /** Default 0. */
  readonly attentionDropout?: number;
  /** Dropout of the feed-forward's hidden activations. Default 0. */
  readonly activationDropout?: number;
}

const gainsOf = (gains: Readonly<Record<string, number>> | undefined) => (gains ? { gains } : {});

const attentionOptions = ({ width, heads, attentionDropout = 0 }: BlockOptions) => ({
  width,
  heads,
  dropout: attentionDropout,
});

const selfAttention = (options: BlockOptions, causal: boolean): SubLayerSpec => ({
  name: 'selfAttention',
  branch: ({ plan, random }) =>
    new SelfAttention({ ...attentionOptions(options), causal, ...gainsOf(plan.initGains) }, random),
});

const crossAttention = (options: BlockOptions): SubLayerSpec => ({
  name: 'crossAttention',
  branch: ({ plan, random }) =>
    new CrossAttention({ ...attentionOptions(options), ...gainsOf(plan.initGains) }, random),
});

const feedForward = (options: BlockOptions): SubLayerSpec => ({
  name: 'feedForward',
  branch: ({ plan, random }) =>
    new FeedForward(
      {
        width: options.width,
        hidden: options.feedForward,
        activation: options.activation ?? 'relu',
        dropout: options.activationDropout ?? 0,
        ...gainsOf(plan.initGains),
      },
      random,
    ),
});

/** Self-attention and feed-forward: the encoder's block, two residual branches. */
export const encoderBlock = (options: BlockOptions): SubLayerSpec[] => [
  selfAttention(options, false),
  feedForward(options),
];

/** Causal self-attention, cross-attention and feed-forward: the decoder's block, three residual branches. */
export const decoderBlock = (options: BlockOptions): SubLayerSpec[] => [
  selfAttention(options, true),
  crossAttention(options),
  feedForward(options),
];
