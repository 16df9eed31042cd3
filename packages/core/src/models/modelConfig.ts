import { check, checkInteger, checkOptions, checkRate, isRecord, show } from '../checks/errors';
import { checkFields, type FieldCheck, type Fields, fieldNames, whole } from '../checks/fields';
import { type AttentionPositions, checkedPositions } from '../layers/attentionPositions';
import { checkActivation, type FeedForwardActivation } from '../layers/feedForward';
import { checkPositionVectors, type Positions } from '../layers/tokenEmbedding';
import { checkMethod, type MethodConfig } from '../residual/methods';
import type { ResidualMethod } from '../residual/residual';
import { checkedStochasticDepth, type StochasticDepth } from '../residual/stochasticDepth';
import { type BlockEntries, blockConfig, checkBlock, type SubLayerConfig } from './blockConfig';

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
  /** Default 0 each. A record, as one number could mean the residuals' rate (fairseq) or all three (PyTorch). */
  readonly dropout?: Partial<DropoutRates>;
  /** Default sinusoidal; none where self-attention has positions of its own. */
  readonly positions?: Positions;
  /** Rotary, ALiBi or relative positions in every self-attention, in place of position vectors. Default none. */
  readonly attentionPositions?: AttentionPositions;
}

const dropouts = (): Fields => ({ residual: checkRate, attention: checkRate, activation: checkRate });

const shared = (): Fields => ({
  dropout: (what, value) => checkFields(value, dropouts(), what),
  padId: whole(0),
  width: whole(),
  heads: whole(),
  feedForward: whole(),
  activation: (_, value) => checkActivation(value),
  positions: (what, value) => checkPositionVectors(value, what),
  'keyValueHeads?': whole(),
  // Whether heads can be turned in pairs is for self-attention to say.
  'attentionPositions?': (_, value) => checkedPositions(value, 2),
});

const stackFields = (name: string): Fields => ({
  depth: whole(),
  method: (what, value) => checkOptions(value, ['name', 'options'], what),
  'block?': (_, value) => checkBlock(value, name),
  'stochasticDepth?': (_, value) => checkedStochasticDepth(value, name),
});

/** The options of a model of one stack. */
export const modelOptions = (): string[] => [
  ...['vocabulary', 'tiedEmbeddings', 'depth', 'method', 'block', 'stochasticDepth'],
  ...fieldNames(shared()),
];

/** The shared part of a config, without a look at its values beyond what it reads itself. */
export const sharedConfig = (options: SharedOptions & { padId: number }, where: string): SharedConfig => {
  const { padId, width, heads, keyValueHeads, dropout = {}, attentionPositions } = options;
  checkInteger(`${where} width`, width);
  const { feedForward = 4 * width, activation = 'relu' } = options;
  const { positions = { kind: attentionPositions ? 'none' : 'sinusoidal' } } = options;
  const rate = { residual: dropout };
  const next = `Write ${show(rate)}, or all of residual, attention and activation.`;
  check(isRecord(dropout), `${where} dropout`, dropout, 'an object of rates', next);
  checkOptions(dropout, fieldNames(dropouts()), `${where} dropout`);
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

interface StackParts {
  readonly depth: number;
  readonly method: ResidualMethod;
  readonly block?: BlockEntries | undefined;
  readonly stochasticDepth?: StochasticDepth | undefined;
}

/** One stack's part of a config; throws on what is no method. `where` names the stack. */
export const stackConfig = (
  { depth, method, block, stochasticDepth }: StackParts,
  where: string,
): StackConfig => {
  const { name, options } = checkMethod(method, `method of the ${where}`);
  return {
    depth,
    method: { name, options },
    ...(block === undefined ? {} : { block: blockConfig(block) }),
    ...(stochasticDepth === undefined
      ? {}
      : { stochasticDepth: checkedStochasticDepth(stochasticDepth, where) }),
  };
};

/** What a kind of model is made of. */
interface ModelParts {
  /** The fields that other kinds do not have. */
  readonly fields: Fields;
  /** Its stacks, and the sub-layers of their usual blocks. */
  readonly stacks: Readonly<Record<string, readonly string[]>>;
}

/**
 * Throws on the first field of a config that is missing, unknown or not what it may be, and on a model that would be
 * too large to build; what parts need of each other is for the parts to check. `where` is `config`, or the kind of
 * model whose options it was made of.
 */
export const checkModel = (
  config: SharedConfig & { readonly vocabulary?: number; readonly sourceVocabulary?: number },
  { fields, stacks }: ModelParts,
  where: string,
): void => {
  const ofStacks = Object.keys(stacks).map((name): [string, FieldCheck] => [
    name,
    (what, value) => checkFields(value, stackFields(name), what),
  ]);
  checkFields(config, { ...fields, ...shared(), ...Object.fromEntries(ofStacks) }, where);
  const { width, feedForward, positions, vocabulary = 0, sourceVocabulary = 0 } = config;
  let rows = vocabulary + sourceVocabulary + (positions.kind === 'learned' ? positions.length : 0);
  for (const [name, usual] of Object.entries(stacks)) {
    const { depth, block = usual } = (config as unknown as Record<string, StackConfig>)[name]!;
    // More take minutes to build, and nobody has trained as many.
    const most = Math.floor(20_000 / block.length);
    check(depth <= most, `${name} depth`, depth, `1 to ${most}`);
    // At least, where a block has attention or feed-forward.
    rows += depth * (width + feedForward);
  }
  // 4 GiB of float32, as much as one flat array of an optimizer may take.
  check(width * rows <= 2 ** 30, `${where} parameters`, width * rows, 'up to 2^30');
  const { attentionPositions } = config;
  if (attentionPositions !== undefined) {
    const { kind } = attentionPositions as { readonly kind?: string };
    const beside = `'none' beside attentionPositions '${kind ?? attentionPositions}'`;
    check(positions.kind === 'none', 'positions', positions.kind, beside);
  }
};
