import { checkOptions } from '../checks/errors';
import type { AttentionBranchOptions } from '../layers/attention';
import type { AttentionPositions } from '../layers/attentionPositions';
import { CrossAttention } from '../layers/crossAttention';
import { FeedForward, type FeedForwardActivation, type FeedForwardOptions } from '../layers/feedForward';
import { SelfAttention } from '../layers/selfAttention';
import type { BranchSite, SubLayerSpec } from '../residual/branch';

/** What the sub-layers of a block are made of. */
export interface BlockOptions {
  readonly width: number;
  readonly heads: number;
  /** Heads of keys and values in every attention; fewer than `heads` makes it grouped-query. Default `heads`. */
  readonly keyValueHeads?: number | undefined;
  /** Hidden width of the feed-forward branch, d_ff. */
  readonly feedForward: number;
  /** Default 'relu'. */
  readonly activation?: FeedForwardActivation;
  /** Default 0. */
  readonly attentionDropout?: number;
  /** Dropout of the feed-forward's hidden activations. Default 0. */
  readonly activationDropout?: number;
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

/** What a method says about a branch: its gains and, checked against what the branch knows, its options. */
const plannedFor = <Known extends object>(
  { place, plan }: BranchSite,
  known: readonly (keyof Known & string)[],
) => {
  const { initGains, branchOptions = {} } = plan;
  checkOptions(branchOptions, known, `branchOptions of ${place.stack} ${place.kind}`);
  return { gains: initGains, ...(branchOptions as Known) };
};

const ATTENTION_OPTIONS = [
  'headScale',
  'innerNorm',
  'queryKeyNorm',
  'valueNorm',
  'scale',
  'logitCap',
] as const;

const attentionOptions = ({ width, heads, keyValueHeads, attentionDropout: dropout }: BlockOptions) => ({
  width,
  heads,
  keyValueHeads,
  dropout,
});

/** Causal where its stack is, or wherever it stands. */
const selfAttention = (options: BlockOptions, always = false): SubLayerSpec => ({
  name: 'selfAttention',
  ...(always ? { causal: true } : {}),
  branch: (site) => {
    const planned = plannedFor<AttentionBranchOptions>(site, ATTENTION_OPTIONS);
    const { positions } = options;
    const causal = always || site.place.causal;
    return new SelfAttention({ ...attentionOptions(options), positions, causal, ...planned }, site.random);
  },
});

const crossAttention = (options: BlockOptions): SubLayerSpec => ({
  name: 'crossAttention',
  branch: (site) => {
    const planned = plannedFor<AttentionBranchOptions>(site, ATTENTION_OPTIONS);
    return new CrossAttention({ ...attentionOptions(options), ...planned }, site.random);
  },
});

const feedForward = (options: BlockOptions): SubLayerSpec => ({
  name: 'feedForward',
  branch: (site) =>
    new FeedForward(
      {
        width: options.width,
        hidden: options.feedForward,
        activation: options.activation,
        dropout: options.activationDropout,
        ...plannedFor<Pick<FeedForwardOptions, 'innerNorm'>>(site, ['innerNorm']),
      },
      site.random,
    ),
});

/**
 * Causal self-attention and feed-forward: the block of a language model, two residual branches.
 *
 * @throws SteadyformerError on options that it does not know, and on other values of them
 */
export const languageModelBlock = (options: BlockOptions): SubLayerSpec[] => {
  checkOptions(options, OPTIONS, 'languageModelBlock()');
  return [selfAttention(options, true), feedForward(options)];
};

/**
 * Self-attention, causal where its stack is, and feed-forward: the encoder's block, two residual branches.
 *
 * @throws SteadyformerError on options that it does not know, and on other values of them
 */
export const encoderBlock = (options: BlockOptions): SubLayerSpec[] => {
  checkOptions(options, OPTIONS, 'encoderBlock()');
  return [selfAttention(options), feedForward(options)];
};

/**
 * Causal self-attention, cross-attention and feed-forward: the decoder's block, three residual branches.
 *
 * @throws SteadyformerError on options that it does not know, and on other values of them
 */
export const decoderBlock = (options: BlockOptions): SubLayerSpec[] => {
  checkOptions(options, OPTIONS, 'decoderBlock()');
  return [selfAttention(options, true), crossAttention(options), feedForward(options)];
};

/** The sub-layers a config's block may name. */
export const BLOCK_MODULES: Readonly<Record<string, (options: BlockOptions) => SubLayerSpec>> = {
  selfAttention: (options) => selfAttention(options),
  crossAttention,
  feedForward,
};
