import * as v from 'valibot';
import { checkedBy, type Entries, fields, rate, such, whole } from '../checks/schema';
import { type AttentionPositions, checkedPositions } from '../layers/attentionPositions';
import { checkActivation, type FeedForwardActivation } from '../layers/feedForward';
import { checkPositionVectors, type Positions } from '../layers/positions';
import { checkName } from '../residual/branch';
import type { MethodConfig } from '../residual/residual';
import { checkedStochasticDepth, type StochasticDepth } from '../residual/stochasticDepth';
import { checkBlock, type SubLayerConfig } from './blockConfig';

/** Dropout rates of a model, each in [0, 1). */
export interface DropoutRates {
  /** Of embeddings and of every branch's output. */
  readonly residual: number;
  /** Of the attention probabilities. */
  readonly attention: number;
  /** Of the feed-forward's hidden activations. */
  readonly activation: number;
}

/** One stack as JSON. */
export interface StackConfig {
  readonly depth: number;
  readonly method: MethodConfig;
  /** Sub-layers of every block. Absent: self-attention, cross-attention to each stack it reads, and feed-forward. */
  readonly block?: readonly SubLayerConfig[];
  /** Branches skipped at random in training. Absent: none. */
  readonly stochasticDepth?: StochasticDepth;
}

/** What the configs of all kinds of model hold. */
export interface SharedConfig {
  readonly padId: number;
  readonly width: number;
  readonly heads: number;
  /** Heads of keys and values. Absent: as many as `heads`. */
  readonly keyValueHeads?: number;
  readonly feedForward: number;
  readonly activation: FeedForwardActivation;
  readonly dropout: DropoutRates;
  readonly positions: Positions;
  /** Positions within self-attention, in place of position vectors. Absent: none. */
  readonly attentionPositions?: AttentionPositions;
}

const anything = () => such('', () => true);

export const dropoutEntries = (): Entries<DropoutRates> => ({
  residual: rate(),
  attention: rate(),
  activation: rate(),
});

/** The fields of a stack that all kinds of model have. */
export const stackEntries = (name: string): Entries<StackConfig> => ({
  depth: whole(),
  // What the name means is for those who build from JSON to say.
  method: fields({
    name: anything(),
    options: v.optional(anything()),
    branches: v.optional(anything()),
  }) as v.GenericSchema<MethodConfig>,
  block: v.optional(checkedBy((block: readonly SubLayerConfig[]) => checkBlock(block, name))),
  stochasticDepth: v.optional(checkedBy((options: StochasticDepth) => checkedStochasticDepth(options, name))),
});

/** The fields of a model that all kinds have. */
export const sharedEntries = (): Entries<SharedConfig> => ({
  dropout: fields(dropoutEntries()),
  padId: whole(0),
  width: whole(),
  heads: whole(),
  feedForward: whole(),
  activation: checkedBy(checkActivation),
  positions: checkedBy(checkPositionVectors),
  keyValueHeads: v.optional(whole()),
  // Whether heads can be turned in pairs is for self-attention to say.
  attentionPositions: v.optional(
    checkedBy((positions: AttentionPositions) => checkedPositions(positions, 2)),
  ),
});

/** A record by names that can stand in a dotted path; `what` says of what. */
export const byName = <T>(
  what: string,
  entry: (name: string) => v.GenericSchema<T>,
): v.GenericSchema<Readonly<Record<string, T>>> =>
  v.lazy((input) => {
    const names = Object.keys(Object(input));
    for (const name of names) checkName(`name of ${what}`, name);
    return fields(Object.fromEntries(names.map((name) => [name, entry(name)])));
  }) as v.GenericSchema<Readonly<Record<string, T>>>;
