import {
  admin,
  deepNorm,
  fixup,
  postLN,
  preLN,
  type ResidualMethod,
  reZero,
  tFixup,
} from '@steadyformer/core';
import * as v from 'valibot';

export const STARTS = ['postLN', 'preLN', 'admin', 'reZero', 'fixup', 'tFixup', 'deepNorm'] as const;
export type Start = (typeof STARTS)[number];

export const MADE: Readonly<Record<Start, () => ResidualMethod>> = {
  postLN,
  preLN,
  admin,
  reZero,
  fixup,
  tFixup,
  deepNorm,
};

export const LABELS: Readonly<Record<Start, string>> = {
  postLN: 'Post-LN',
  preLN: 'Pre-LN',
  admin: 'Admin',
  reZero: 'ReZero',
  fixup: 'Fixup',
  tFixup: 'T-Fixup',
  deepNorm: 'DeepNorm',
};

/** What came of the training of one network. */
export const point = v.object({
  start: v.picklist(STARTS),
  /** Blocks of each stack. */
  depth: v.number(),
  seed: v.number(),
  /** Negative log-likelihood a token of training text, means of ten updates each. */
  curve: v.array(v.number()),
  /** Whether a loss or gradient was not finite. */
  diverged: v.boolean(),
  /** That of validation text at the end, in nats; of what diverged that of the target's unigrams. */
  heldOut: v.number(),
  /** That of a model that knows only how often each subword occurs. */
  unigrams: v.number(),
});
export type Point = v.InferOutput<typeof point>;

/** Whether it knows more than how often each subword occurs. */
export const hasLearned = ({ diverged, heldOut, unigrams }: Point): boolean =>
  !diverged && heldOut < unigrams;

export const networks = (points: readonly Point[], start: Start, depth: number): Point[] =>
  points.filter((each) => each.start === start && each.depth === depth).toSorted((a, b) => a.seed - b.seed);
