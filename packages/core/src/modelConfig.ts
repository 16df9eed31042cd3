import { type BlockEntries, blockConfig, type SubLayerConfig } from './blockConfig';
import { checkInteger, checkOptions, checkRate, invalidArgument, SteadyformerError } from './errors';
import type { AttentionPositions } from './layers/attentionPositions';
import type { FeedForwardActivation } from './layers/feedForward';
import type { Positions } from './layers/tokenEmbedding';
import type { MethodConfig } from './residual/methods';
import type { ResidualMethod } from './residual/residual';
import { checkedStochasticDepth, type StochasticDepth } from './stochasticDepth';

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
  /** Sub-layers of every block. Absent: the usual ones of the model's kind. */
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
  /** Default 0 each. */
  readonly dropout?: Partial<DropoutRates>;
  /** Default sinusoidal; none where self-attention has positions of its own. */
  readonly positions?: Positions;
  /** Rotary, ALiBi or relative positions in every self-attention, in place of position vectors. Default none. */
  readonly attentionPositions?: AttentionPositions;
}

export const SHARED_OPTIONS = [
  'padId',
  'width',
  'heads',
  'feedForward',
  'activation',
  'dropout',
  'positions',
] as const;

/** Keys that a config may leave out. */
export const SHARED_EXTRAS = ['keyValueHeads', 'attentionPositions'] as const;

const DROPOUTS = ['residual', 'attention', 'activation'] as const;

/** The shared part of a config; throws on what cannot be. `where` names the kind of model. */
export const sharedConfig = (options: SharedOptions & { padId: number }, where: string): SharedConfig => {
  const { width, keyValueHeads, dropout = {}, attentionPositions } = options;
  checkOptions(dropout, DROPOUTS, `${where} dropout`);
  for (const [name, rate] of Object.entries(dropout)) checkRate(`${where} dropout.${name}`, rate);
  return {
    padId: checkInteger(`${where} padId`, options.padId, 0),
    width: checkInteger(`${where} width`, width),
    heads: checkInteger(`${where} heads`, options.heads),
    ...(keyValueHeads === undefined
      ? {}
      : { keyValueHeads: checkInteger(`${where} keyValueHeads`, keyValueHeads) }),
    feedForward: checkInteger(`${where} feedForward`, options.feedForward ?? 4 * width),
    activation: options.activation ?? 'relu',
    dropout: { residual: 0, attention: 0, activation: 0, ...dropout },
    positions: options.positions ?? { kind: attentionPositions ? 'none' : 'sinusoidal' },
    ...(attentionPositions ? { attentionPositions } : {}),
  };
};

interface StackParts {
  readonly depth: number;
  readonly method: ResidualMethod;
  readonly block?: BlockEntries | undefined;
  readonly stochasticDepth?: StochasticDepth | undefined;
}

/** One stack's part of a config; throws on what cannot be. `where` names the stack. */
export const stackConfig = (
  { depth, method, block, stochasticDepth }: StackParts,
  where: string,
): StackConfig => ({
  depth,
  method: { name: method.name, options: method.options },
  ...(block ? { block: blockConfig(block) } : {}),
  ...(stochasticDepth ? { stochasticDepth: checkedStochasticDepth(stochasticDepth, where) } : {}),
});

/** Throws where a record read from a file misses a key or has one that is not known, naming the nearest. */
export const checkKeys = (
  record: object,
  required: readonly string[],
  where: string,
  optional: readonly string[] = [],
): void => {
  checkOptions(record, [...required, ...optional], where);
  const missing = required.filter((key) => !(key in record));
  if (missing.length > 0) throw new SteadyformerError(`${where}: missing ${missing.join(', ')}`);
};

const nameOf = (positions: AttentionPositions): string =>
  `'${typeof positions === 'object' ? positions.kind : positions}'`;

/** Throws where a model has positions twice, or not at all. */
const checkPositions = ({ positions, attentionPositions }: SharedConfig): void => {
  if ((positions.kind === 'none') === (attentionPositions !== undefined)) return;
  throw invalidArgument({
    what: 'positions',
    received: positions.kind,
    allowed: attentionPositions
      ? `'none' beside attentionPositions ${nameOf(attentionPositions)}`
      : "'sinusoidal' or 'learned' without attentionPositions",
  });
};

/** Checks positions and the keys of the parts that all kinds share. What the values may be is for the parts to check. */
export const checkParts = (config: SharedConfig, stacks: Readonly<Record<string, StackConfig>>): void => {
  checkPositions(config);
  checkKeys(config.dropout, DROPOUTS, 'config.dropout');
  for (const [name, stack] of Object.entries(stacks)) {
    checkKeys(stack, ['depth', 'method'], `config.${name}`, ['block', 'stochasticDepth']);
    checkOptions(stack.method, ['name', 'options'], `config.${name}.method`);
  }
};
