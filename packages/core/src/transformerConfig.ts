import type { BlockEntries } from './blockConfig';
import { checkInteger, checkOptions } from './errors';
import {
  checkKeys,
  checkParts,
  SHARED_EXTRAS,
  SHARED_OPTIONS,
  type SharedConfig,
  type SharedOptions,
  type StackConfig,
  sharedConfig,
  stackConfig,
} from './modelConfig';
import type { ResidualMethod } from './residual/residual';

/** An encoder-decoder Transformer as JSON. */
export interface TransformerConfig extends SharedConfig {
  /** Absent in files of earlier versions, which knew no other kind. */
  readonly kind?: 'transformer';
  /** Joint vocabulary of source and target. */
  readonly vocabulary: number;
  readonly encoder: StackConfig;
  readonly decoder: StackConfig;
  /** Whether source input, target input and output projection share one table. */
  readonly tiedEmbeddings: boolean;
}

export interface TransformerOptions extends SharedOptions {
  readonly vocabulary: number;
  readonly padId: number;
  /** Blocks of encoder and decoder, or one number for both. */
  readonly depth: number | { readonly encoder: number; readonly decoder: number };
  /** One residual method, or one a stack (hybrid models). */
  readonly method: ResidualMethod | { readonly encoder: ResidualMethod; readonly decoder: ResidualMethod };
  /** Sub-layers of every block, by stack. Default: the usual two and three. */
  readonly block?: { readonly encoder?: BlockEntries; readonly decoder?: BlockEntries };
  /** Default true, as in the authors' recipes (--share-all-embeddings). */
  readonly tiedEmbeddings?: boolean;
}

const STACKS = ['encoder', 'decoder'] as const;
const OPTION_KEYS = [
  ...['vocabulary', 'depth', 'method', 'block', 'tiedEmbeddings'],
  ...SHARED_OPTIONS,
  ...SHARED_EXTRAS,
] as const;

/**
 * Throws where a config, as read from a file, misses a key or has one that is not known, naming the nearest. What
 * the values may be is for the parts to check.
 */
export const checkConfig = (config: TransformerConfig): void => {
  checkKeys(config, ['vocabulary', ...SHARED_OPTIONS, 'tiedEmbeddings', ...STACKS], 'config', [
    'kind',
    ...SHARED_EXTRAS,
  ]);
  checkParts(config, { encoder: config.encoder, decoder: config.decoder });
};

/** The full config of the options; throws on unknown or impossible ones. */
export const transformerConfig = (options: TransformerOptions): TransformerConfig => {
  checkOptions(options, OPTION_KEYS, 'Transformer');
  const { depth, method, block = {} } = options;
  if (typeof depth !== 'number') checkOptions(depth, STACKS, 'Transformer depth');
  if (!('plan' in method)) checkOptions(method, STACKS, 'Transformer method');
  checkOptions(block, STACKS, 'Transformer block');
  const depths = typeof depth === 'number' ? { encoder: depth, decoder: depth } : depth;
  const ofStack = 'plan' in method ? { encoder: method, decoder: method } : method;
  return {
    kind: 'transformer',
    vocabulary: checkInteger('Transformer vocabulary', options.vocabulary),
    ...sharedConfig(options, 'Transformer'),
    encoder: stackConfig(depths.encoder, ofStack.encoder, block.encoder),
    decoder: stackConfig(depths.decoder, ofStack.decoder, block.decoder),
    tiedEmbeddings: options.tiedEmbeddings ?? true,
  };
};
