import { check, checkInteger, checkOptions, isRecord, show } from '../checks/errors';
import type { AttentionPositions } from '../layers/attentionPositions';
import type { FeedForwardActivation } from '../layers/feedForward';
import type { Positions } from '../layers/positions';
import { checkMethod } from '../residual/methods/checkMethod';
import type { ResidualMethod } from '../residual/residual';
import { checkedStochasticDepth, type StochasticDepth } from '../residual/stochasticDepth';
import { type BlockEntries, blockConfig } from './blockConfig';
import {
  type DropoutRates,
  dropoutEntries,
  type SharedConfig,
  type StackConfig,
  sharedEntries,
} from './schema';

/** What the options of all kinds of model hold. */
export interface SharedOptions {
  readonly width: number;
  readonly heads: number;
  /**
   * Heads of keys and values in every attention, a divisor of `heads`: fewer make it grouped-query, 1 multi-query
   * (Ainslie et al. 2023). Default `heads`.
   */
  readonly keyValueHeads?: number;
  /** Default 4 * width. */
  readonly feedForward?: number;
  /** Default 'relu'. */
  readonly activation?: FeedForwardActivation;
  /** Default 0 each. A record, as one number could mean the residuals' rate (fairseq) or all three (PyTorch). */
  readonly dropout?: Partial<DropoutRates>;
  /** Default sinusoidal; none where self-attention has positions of its own. */
  readonly positions?: Positions;
  /** Rotary, ALiBi or relative positions in every self-attention, in place of position vectors. Default none. */
  readonly attentionPositions?: AttentionPositions;
}

/** What the options of all stacks hold. */
export interface StackParts {
  readonly depth: number;
  readonly method: ResidualMethod;
  readonly block?: BlockEntries | undefined;
  readonly stochasticDepth?: StochasticDepth | undefined;
}

/** The options of a model of one stack. */
export const modelOptions = (): string[] => [
  ...['vocabulary', 'tiedEmbeddings', 'depth', 'method', 'block', 'stochasticDepth'],
  ...Object.keys(sharedEntries()),
];

/** The shared part of a config, without a look at its values beyond what it reads itself. */
export const sharedConfig = (options: SharedOptions & { padId: number }, where: string): SharedConfig => {
  const { padId, width, heads, keyValueHeads, dropout = {}, attentionPositions } = options;
  checkInteger(`${where} width`, width);
  const { feedForward = 4 * width, activation = 'relu' } = options;
  const { positions = { kind: attentionPositions ? 'none' : 'sinusoidal' } } = options;
  const next = `Write ${show({ residual: dropout })}, or all of residual, attention and activation.`;
  check(isRecord(dropout), `${where} dropout`, dropout, 'an object of rates', next);
  checkOptions(dropout, Object.keys(dropoutEntries()), `${where} dropout`);
  return {
    padId,
    width,
    heads,
    ...(keyValueHeads === undefined ? {} : { keyValueHeads }),
    feedForward,
    activation,
    dropout: { residual: 0, attention: 0, activation: 0, ...dropout },
    positions,
    ...(attentionPositions === undefined ? {} : { attentionPositions }),
  };
};

/** One stack's part of a config; throws on what is no method. `where` names the stack. */
export const stackConfig = (
  { depth, method, block, stochasticDepth }: StackParts,
  where: string,
): StackConfig => {
  const { name, options, branches } = checkMethod(method, `method of the ${where}`);
  return {
    depth,
    method: { name, options, ...(branches === undefined ? {} : { branches }) },
    ...(block === undefined ? {} : { block: blockConfig(block) }),
    ...(stochasticDepth === undefined
      ? {}
      : { stochasticDepth: checkedStochasticDepth(stochasticDepth, where) }),
  };
};
