import type { BlockEntries } from './blockConfig';
import { checkInteger, checkOptions, invalidArgument } from './errors';
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
import type { StochasticDepth } from './stochasticDepth';

/**
 * Which of source input, target input and output projection share one table (Press & Wolf 2017): all three (true),
 * target input and output (fairseq's --share-decoder-input-output-embed: 'decoder'), or none (false).
 */
export type TiedEmbeddings = boolean | 'decoder';

/** An encoder-decoder Transformer as JSON. */
export interface TransformerConfig extends SharedConfig {
  /** Absent in files of earlier versions, which knew no other kind. */
  readonly kind?: 'transformer';
  /** Of the target, and of the source too where `sourceVocabulary` is absent. */
  readonly vocabulary: number;
  /** Of the source, where it has one of its own. */
  readonly sourceVocabulary?: number;
  readonly encoder: StackConfig;
  readonly decoder: StackConfig;
  readonly tiedEmbeddings: TiedEmbeddings;
}

export interface TransformerOptions extends SharedOptions {
  /** Of the target, and of the source too where `sourceVocabulary` is not given. */
  readonly vocabulary: number;
  /** Of the source, where it has one of its own. Default: joint, `vocabulary`. */
  readonly sourceVocabulary?: number;
  /** The id of pads, in both vocabularies. */
  readonly padId: number;
  /** Blocks of encoder and decoder, or one number for both. */
  readonly depth: number | { readonly encoder: number; readonly decoder: number };
  /** One residual method, or one a stack (hybrid models). */
  readonly method: ResidualMethod | { readonly encoder: ResidualMethod; readonly decoder: ResidualMethod };
  /** Sub-layers of every block, by stack. Default: the usual two and three. */
  readonly block?: { readonly encoder?: BlockEntries; readonly decoder?: BlockEntries };
  /** Branches skipped at random in training, of both stacks or by stack. Default none. */
  readonly stochasticDepth?:
    | StochasticDepth
    | { readonly encoder?: StochasticDepth; readonly decoder?: StochasticDepth };
  /**
   * Default true, as in the authors' recipes (--share-all-embeddings); 'decoder' where the source has a vocabulary
   * of another size.
   */
  readonly tiedEmbeddings?: TiedEmbeddings;
}

const STACKS = ['encoder', 'decoder'] as const;
const OPTION_KEYS = [
  ...['vocabulary', 'sourceVocabulary', 'depth', 'method', 'block', 'stochasticDepth', 'tiedEmbeddings'],
  ...SHARED_OPTIONS,
  ...SHARED_EXTRAS,
] as const;

/** Throws where the tables that are to be one cannot be. */
const checkTied = ({
  vocabulary,
  sourceVocabulary = vocabulary,
  tiedEmbeddings,
}: TransformerConfig): void => {
  const known = typeof tiedEmbeddings === 'boolean' || tiedEmbeddings === 'decoder';
  const apart = sourceVocabulary !== vocabulary;
  if (known && !(apart && tiedEmbeddings === true)) return;
  throw invalidArgument({
    what: 'tiedEmbeddings',
    received: tiedEmbeddings,
    allowed: apart
      ? `'decoder' or false with ${sourceVocabulary} source and ${vocabulary} target tokens`
      : "true, false, 'decoder'",
  });
};

/**
 * Throws where a config, as read from a file, misses a key or has one that is not known, naming the nearest. What
 * the values may be is for the parts to check.
 */
export const checkConfig = (config: TransformerConfig): void => {
  checkKeys(config, ['vocabulary', ...SHARED_OPTIONS, 'tiedEmbeddings', ...STACKS], 'config', [
    'kind',
    'sourceVocabulary',
    ...SHARED_EXTRAS,
  ]);
  checkTied(config);
  checkParts(config, { encoder: config.encoder, decoder: config.decoder });
};

/** The full config of the options; throws on unknown or impossible ones. */
export const transformerConfig = (options: TransformerOptions): TransformerConfig => {
  checkOptions(options, OPTION_KEYS, 'Transformer');
  const { vocabulary, sourceVocabulary, depth, method, block = {}, stochasticDepth = {} } = options;
  if (typeof depth !== 'number') checkOptions(depth, STACKS, 'Transformer depth');
  if (!('plan' in method)) checkOptions(method, STACKS, 'Transformer method');
  checkOptions(block, STACKS, 'Transformer block');
  const depths = typeof depth === 'number' ? { encoder: depth, decoder: depth } : depth;
  const ofStack = 'plan' in method ? { encoder: method, decoder: method } : method;
  const skipping =
    'rate' in stochasticDepth ? { encoder: stochasticDepth, decoder: stochasticDepth } : stochasticDepth;
  checkOptions(skipping, ['rate', ...STACKS], 'Transformer stochasticDepth');
  const stack = (name: (typeof STACKS)[number]): StackConfig =>
    stackConfig(
      { depth: depths[name], method: ofStack[name], block: block[name], stochasticDepth: skipping[name] },
      name,
    );
  return {
    kind: 'transformer',
    vocabulary: checkInteger('Transformer vocabulary', vocabulary),
    ...(sourceVocabulary === undefined
      ? {}
      : { sourceVocabulary: checkInteger('Transformer sourceVocabulary', sourceVocabulary) }),
    ...sharedConfig(options, 'Transformer'),
    encoder: stack('encoder'),
    decoder: stack('decoder'),
    tiedEmbeddings: options.tiedEmbeddings ?? ((sourceVocabulary ?? vocabulary) === vocabulary || 'decoder'),
  };
};
