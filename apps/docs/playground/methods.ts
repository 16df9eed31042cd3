import type { methods } from '@steadyformer/core';

/**
 * A residual method of core, by the name that configs give it. Those with norms inside their branches are left out: no
 * closed form of such branches is known, so nothing could be predicted.
 */
export type MethodName = Exclude<keyof typeof methods, 'normFormer' | 'subLN'>;

/** What people call each method, and its formula: norm LN, branch f, shortcut scale omega, branch scale alpha. */
export const METHODS: Readonly<Record<MethodName, { readonly label: string; readonly formula: string }>> = {
  postLN: { label: 'Post-LN', formula: "x' = LN(x + f(x))" },
  preLN: { label: 'Pre-LN', formula: "x' = x + f(LN(x))" },
  admin: { label: 'Admin', formula: "x' = LN(ω x + f(x)), ω profiled" },
  adminConstant: { label: 'Admin, constant ω', formula: "x' = LN(ω x + f(x)), ω from the depth" },
  deepNorm: { label: 'DeepNorm', formula: "x' = LN(α x + f(x)), smaller weights" },
  b2t: { label: 'B2T connection', formula: 'Post-LN, the block’s input joins its last norm' },
  reZero: { label: 'ReZero', formula: "x' = x + α f(x), α from 0" },
  reZeroPostLN: { label: 'ReZero with Post-LN', formula: "x' = LN(x + α f(x)), α from 0" },
  skipInit: { label: 'SkipInit', formula: "x' = x + α f(x), α from 0, one a branch" },
  layerScale: { label: 'LayerScale', formula: "x' = x + λ f(LN(x)), λ small" },
  fixup: { label: 'Fixup', formula: "x' = x + f(x), last weights from 0" },
  tFixup: { label: 'T-Fixup', formula: "x' = x + f(x), smaller weights" },
  sandwich: { label: 'Sandwich-LN', formula: "x' = x + LN(f(LN(x)))" },
  gpt2Scaling: { label: 'GPT-2 scaling', formula: 'Pre-LN, last weights smaller with depth' },
  scaleNorm: { label: 'ScaleNorm', formula: 'Pre-LN, vectors scaled to one length' },
};

export const METHOD_NAMES: readonly MethodName[] = Object.keys(METHODS) as MethodName[];

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
