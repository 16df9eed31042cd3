import { CrossAttention } from '../layers/crossAttention';
import { LayerNorm } from '../layers/layerNorm';
import { RmsNorm } from '../layers/rmsNorm';
import { SelfAttention, type SelfAttentionOptions } from '../layers/selfAttention';
import type { RandomStream } from '../random/random';
import type { SubLayerSpec } from '../residual/branch';
import { postLN } from '../residual/methods/postLN';
import { preLN } from '../residual/methods/preLN';
import { ONE, type ResidualMethod } from '../residual/residual';
import { Stack } from '../residual/stack';
import type { StateDict } from '../state/parameters';
import type { PretrainedConfig, PretrainedParts } from './model';

/** A checkpoint in our words: what it is, the weights by our paths, and how the model of them is built. */
export interface Blueprint {
  readonly config: PretrainedConfig;
  readonly state: StateDict;
  readonly build: (random: RandomStream) => PretrainedParts;
}

/** How a checkpoint's sub-layers join: norms before or after, and which. */
export type Joining = 'postLN' | 'preLN' | 'preRms';

const METHODS: Readonly<Record<Joining, () => ResidualMethod>> = {
  postLN,
  preLN,
  preRms: () => ({
    name: 'preRms',
    options: {},
    plan: () => ({ residual: { before: 'rms', shortcutScale: ONE, branchScale: ONE } }),
  }),
};

/** Options of `stackOf`. */
export interface PretrainedStackOptions {
  readonly name: 'encoder' | 'decoder';
  readonly joining: Joining;
  readonly block: readonly SubLayerSpec[];
  readonly causal: boolean;
  readonly reads?: Readonly<Record<string, number>>;
  readonly readBy?: Readonly<Record<string, number>>;
}

/** A stack as the checkpoint's config says, its norms with the checkpoint's epsilon. */
export const stackOf = (
  { width, depth, normEpsilon }: PretrainedConfig,
  { joining, name, ...options }: PretrainedStackOptions,
  random: RandomStream,
): Stack => {
  const method = METHODS[joining]();
  const stack = new Stack({ ...options, name, width, depth: depth[name]!, method }, random.fork(name));
  const norms = stack.subLayers().flatMap(({ subLayer: { before, after } }) => [before, after]);
  for (const norm of [...norms, stack.finalNorm]) {
    if (norm instanceof LayerNorm || norm instanceof RmsNorm) norm.epsilon = normEpsilon;
  }
  return stack;
};

/** Self-attention, causal where its stack is. */
export const selfAttention = (options: Omit<SelfAttentionOptions, 'causal'>): SubLayerSpec => ({
  name: 'selfAttention',
  branch: ({ place, random }) => new SelfAttention({ ...options, causal: place.causal }, random),
});

/** Attention over `heads` to the stack that is read. */
export const crossAttention = (width: number, heads: number): SubLayerSpec => ({
  name: 'crossAttention',
  branch: ({ random }) => new CrossAttention({ width, heads }, random),
});
