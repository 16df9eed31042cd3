import type { methods } from '@steadyformer/core';
import { titleOf } from '../methods/titles';

/** Those without norms that fix a power, and with streams that a model mixes. */
type LeftOut =
  | 'dyT'
  | 'resiDual'
  | 'siameseNorm'
  | 'hyperConnections'
  | 'manifoldHyperConnections'
  | 'attentionResiduals'
  | 'embeddingSkips'
  | 'denseFormer'
  | 'valueResidual';

/** A residual method of core that the playground can predict, by the name that configs give it. */
export type MethodName = Exclude<keyof typeof methods, LeftOut>;

/** The formula of each: norm LN, branch f, shortcut scale omega, branch scale alpha. */
const FORMULAS: Readonly<Record<MethodName, string>> = {
  postLN: "x' = LN(x + f(x))",
  preLN: "x' = x + f(LN(x))",
  admin: "x' = LN(ω x + f(x)), ω profiled",
  adminConstant: "x' = LN(ω x + f(x)), ω from the depth",
  deepNorm: "x' = LN(α x + f(x)), smaller weights",
  b2t: 'Post-LN, the block’s input joins its last norm',
  reZero: "x' = x + α f(x), α from 0",
  reZeroPostLN: "x' = LN(x + α f(x)), α from 0",
  skipInit: "x' = x + α f(x), α from 0, one a branch",
  layerScale: "x' = x + λ f(LN(x)), λ small",
  fixup: "x' = x + f(x), last weights from 0",
  tFixup: "x' = x + f(x), smaller weights",
  sandwich: "x' = x + LN(f(LN(x)))",
  gpt2Scaling: 'Pre-LN, last weights smaller with depth',
  scaleNorm: 'Pre-LN, vectors scaled to one length',
  depthMuP: "x' = x + f(LN(x)) / √m, m blocks over 2",
  completeP: "x' = x + f(LN(x)) / m, m blocks over 2",
  lipschitz: "x' = (1 - 1/2L) x + f(x) / 2L",
  nGPT: "x' = u((1 - α) x + α u(f(x))), u(x) = x / |x|",
  normFormer: "x' = x + LN(f(LN(x))), feed-forward normed inside",
  subLN: "x' = x + f(LN(x)), a second norm inside f, larger weights",
  hybridNorm: 'Post-LN behind attention, whose values are normed; no norm behind feed-forward',
  periLN: "x' = x + RMSNorm(f(RMSNorm(x)))",
  reorderedNorm: "x' = x + RMSNorm(f(x))",
  layerNormScaling: "x' = x + f(RMSNorm(x) / √l), l the block",
  mixLN: 'Post-LN in the first quarter of the blocks, then Pre-LN',
  keel: "x' = RMSNorm(N x + f(RMSNorm(x)))",
  deepScaleLM: "x' = ω x + α f(LN(x)), ω² + α² = 1, branches of variance 1",
  uMuP: "x' = ω x + α f(RMSNorm(x)), ω² + α² = 1, equal parts at the end",
  spanNorm: 'Post-LN, the feed-forward joins what entered the block',
};

/** What people call each method, as on the methods' pages, and its formula. */
export const METHODS: Readonly<Record<MethodName, { readonly label: string; readonly formula: string }>> =
  Object.fromEntries(
    Object.entries(FORMULAS).map(([name, formula]) => [name, { label: titleOf(name), formula }]),
  ) as Record<MethodName, { label: string; formula: string }>;

export const METHOD_NAMES: readonly MethodName[] = Object.keys(FORMULAS) as MethodName[];

/** One of the two models. */
export type Side = 'left' | 'right';

export const SIDES: readonly Side[] = ['left', 'right'];

/** What a visitor has chosen for one model. */
export interface Choice {
  readonly method: MethodName;
  /** Blocks of each stack. */
  readonly depth: number;
}

/** The choice of both. */
export type PlaygroundChoices = Readonly<Record<Side, Choice>>;

/** Residual branches of an encoder: self-attention and feed-forward in each block. */
export const branchesOf = (depth: number): number => 2 * depth;

/** A model's name, such as 'Post-LN, 18 blocks'. */
export const nameOf = ({ method, depth }: Choice): string =>
  `${METHODS[method].label}, ${depth} ${depth === 1 ? 'block' : 'blocks'}`;
