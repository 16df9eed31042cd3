import { checkInteger, checkOptions, checkRate, SteadyformerError } from './errors';
import type { Positions } from './layers/tokenEmbedding';
import type { MethodConfig } from './residual/methods';
import type { ResidualMethod } from './residual/residual';

export interface DropoutRates {
  /** Of embeddings and of every branch's output. */
  readonly residual: number;
  /** Of the attention probabilities. */
  readonly attention: number;
  /** Of the feed-forward's hidden activations. */
  readonly activation: number;
}

/** An encoder-decoder Transformer as JSON. */
export interface TransformerConfig {
  /** Joint vocabulary of source and target. */
  readonly vocabulary: number;
  readonly padId: number;
  readonly width: number;
  readonly heads: number;
  readonly feedForward: number;
  readonly encoder: { readonly depth: number; readonly method: MethodConfig };
  readonly decoder: { readonly depth: number; readonly method: MethodConfig };
  readonly activation: 'relu' | 'gelu';
  readonly dropout: DropoutRates;
  /** Whether source input, target input and output projection share one table. */
  readonly tiedEmbeddings: boolean;
  readonly positions: Positions;
}

export interface TransformerOptions {
  readonly vocabulary: number;
  readonly padId: number;
  readonly width: number;
  readonly heads: number;
  /** Default 4 * width. */
  readonly feedForward?: number;
  /** Blocks of encoder and decoder, or one number for both. */
  readonly depth: number | { readonly encoder: number; readonly decoder: number };
  /** One residual method, or one a stack (hybrid models). */
  readonly method: ResidualMethod | { readonly encoder: ResidualMethod; readonly decoder: ResidualMethod };
  /** Default 'relu'. */
  readonly activation?: 'relu' | 'gelu';
  /** Default 0 each. */
  readonly dropout?: Partial<DropoutRates>;
  /** Default true, as in the authors' recipes (--share-all-embeddings). */
  readonly tiedEmbeddings?: boolean;
  /** Default sinusoidal. */
  readonly positions?: Positions;
}

const OPTION_KEYS = [
  'vocabulary',
  'padId',
  'width',
  'heads',
  'feedForward',
  'depth',
  'method',
  'activation',
  'dropout',
  'tiedEmbeddings',
  'positions',
] as const;

const STACKS = ['encoder', 'decoder'] as const;
const DROPOUTS = ['residual', 'attention', 'activation'] as const;

/**
 * Throws where a config, as read from a file, misses a key or has one that is not known, naming the nearest. What
 * the values may be is for the parts to check.
 */
export const checkConfig = (config: TransformerConfig): void => {
  const keys = [...OPTION_KEYS.filter((key) => key !== 'depth' && key !== 'method'), ...STACKS];
  checkKeys(config, keys, 'config');
  checkKeys(config.dropout, DROPOUTS, 'config.dropout');
  for (const stack of STACKS) {
    checkKeys(config[stack], ['depth', 'method'], `config.${stack}`);
    checkOptions(config[stack].method, ['name', 'options'], `config.${stack}.method`);
  }
};

const checkKeys = (record: object, keys: readonly string[], where: string): void => {
  checkOptions(record, keys, where);
  const missing = keys.filter((key) => !(key in record));
  if (missing.length > 0) throw new SteadyformerError(`${where}: missing ${missing.join(', ')}`);
};

const describe = (method: ResidualMethod): MethodConfig => ({ name: method.name, options: method.options });

/** The full config of the options; throws on unknown or impossible ones. */
export const transformerConfig = (options: TransformerOptions): TransformerConfig => {
  checkOptions(options, OPTION_KEYS, 'Transformer');
  const { width, depth, method, dropout = {} } = options;
  if (typeof depth !== 'number') checkOptions(depth, STACKS, 'Transformer depth');
  if (!('plan' in method)) checkOptions(method, STACKS, 'Transformer method');
  const depths = typeof depth === 'number' ? { encoder: depth, decoder: depth } : depth;
  const ofStack = 'plan' in method ? { encoder: method, decoder: method } : method;
  checkOptions(dropout, DROPOUTS, 'Transformer dropout');
  for (const [name, rate] of Object.entries(dropout)) checkRate(`Transformer dropout.${name}`, rate);
  return {
    vocabulary: checkInteger('Transformer vocabulary', options.vocabulary),
    padId: checkInteger('Transformer padId', options.padId, 0),
    width: checkInteger('Transformer width', width),
    heads: checkInteger('Transformer heads', options.heads),
    feedForward: checkInteger('Transformer feedForward', options.feedForward ?? 4 * width),
    encoder: { depth: depths.encoder, method: describe(ofStack.encoder) },
    decoder: { depth: depths.decoder, method: describe(ofStack.decoder) },
    activation: options.activation ?? 'relu',
    dropout: { residual: 0, attention: 0, activation: 0, ...dropout },
    tiedEmbeddings: options.tiedEmbeddings ?? true,
    positions: options.positions ?? { kind: 'sinusoidal' },
  };
};
