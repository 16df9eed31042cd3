import { checkOptions } from '../checks/errors';
import type { AttentionBranchOptions } from '../layers/attention';
import type { PositionScheme } from '../layers/attentionPositions';
import { CrossAttention } from '../layers/crossAttention';
import { FeedForward, type FeedForwardActivation, type FeedForwardOptions } from '../layers/feedForward';
import { SelfAttention, type SelfAttentionOptions } from '../layers/selfAttention';
import type { BranchSite, SubLayerSpec } from '../residual/branch';

/** What the sub-layers of a block are made of, whatever its positions. */
export interface BranchSizes {
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
}

/** What core's own sub-layers are made of. */
export interface SubLayerParts extends BranchSizes {
  /** Positions within self-attention. Default none. */
  readonly positions?: PositionScheme | undefined;
}

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
  'queryKeyScale',
] as const;

/** What a method's plan may ask of a self-attention. */
type SelfAttentionBranchOptions = AttentionBranchOptions & Pick<SelfAttentionOptions, 'valueMix'>;

const attentionOptions = ({ width, heads, keyValueHeads, attentionDropout: dropout }: SubLayerParts) => ({
  width,
  heads,
  keyValueHeads,
  dropout,
});

/** Self-attention, causal where its stack is, or wherever it stands. */
export const selfAttention = (options: SubLayerParts, always = false): SubLayerSpec => ({
  name: 'selfAttention',
  ...(always ? { causal: true } : {}),
  branch: (site) => {
    const planned = plannedFor<SelfAttentionBranchOptions>(site, [...ATTENTION_OPTIONS, 'valueMix']);
    const { positions } = options;
    const causal = always || site.place.causal;
    return new SelfAttention({ ...attentionOptions(options), positions, causal, ...planned }, site.random);
  },
});

/** Attention to what the stack reads. */
export const crossAttention = (options: SubLayerParts): SubLayerSpec => ({
  name: 'crossAttention',
  branch: (site) => {
    const planned = plannedFor<AttentionBranchOptions>(site, ATTENTION_OPTIONS);
    return new CrossAttention({ ...attentionOptions(options), ...planned }, site.random);
  },
});

/** The feed-forward branch. */
export const feedForward = (options: SubLayerParts): SubLayerSpec => ({
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
