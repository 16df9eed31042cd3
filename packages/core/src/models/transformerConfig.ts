import { check, checkOneOf, checkOptions, isRecord } from '../checks/errors';
import { whole } from '../checks/fields';
import type { StackName } from '../residual/place';
import type { ResidualMethod } from '../residual/residual';
import type { StochasticDepth } from '../residual/stochasticDepth';
import type { BlockEntries } from './blockConfig';
import { DECODER_BLOCK, ENCODER_BLOCK } from './blocks';
import {
  checkModel,
  modelOptions,
  type SharedConfig,
  type SharedOptions,
  type StackConfig,
  sharedConfig,
  stackConfig,
} from './modelConfig';

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

const parts = () => ({
  fields: {
    'kind?': (what: string, value: 'transformer') => checkOneOf(what, value, ['transformer']),
    vocabulary: whole(),
    'sourceVocabulary?': whole(),
    tiedEmbeddings: (_: string, value: TiedEmbeddings) =>
      checkOneOf('tiedEmbeddings', value, [true, false, 'decoder']),
  },
  stacks: { encoder: ENCODER_BLOCK, decoder: DECODER_BLOCK },
});

/** Throws on what is no config, naming the field, and where the tables that are to be one cannot be. */
export const checkConfig = (config: TransformerConfig, where = 'config'): void => {
  checkModel(config, parts(), where);
  const { vocabulary, sourceVocabulary = vocabulary, tiedEmbeddings } = config;
  const sizes = `${sourceVocabulary} source and ${vocabulary} target tokens`;
  const possible = sourceVocabulary === vocabulary || tiedEmbeddings !== true;
  check(possible, 'tiedEmbeddings', tiedEmbeddings, `'decoder' or false with ${sizes}`);
};

/** One for each stack: as given, or the same for both. */
const each = <T>(given: T | PerStack<T>, where: string, both: boolean): PerStack<T> => {
  if (both) return { encoder: given as T, decoder: given as T };
  checkOptions(given as object, STACKS, `Transformer ${where}`);
  return given as PerStack<T>;
};

/** Whether a value is one for each stack, in place of one for both. */
const byStack = (value: unknown): boolean => isRecord(value) && STACKS.some((stack) => stack in value);

interface PerStack<T> {
  readonly encoder: T;
  readonly decoder: T;
}

/** The full config of the options; throws on unknown or impossible ones. */
export const transformerConfig = (options: TransformerOptions): TransformerConfig => {
  checkOptions(options, ['sourceVocabulary', ...modelOptions()], 'Transformer');
  const { vocabulary, sourceVocabulary, depth, method, block = {}, stochasticDepth } = options;
  const { tiedEmbeddings = (sourceVocabulary ?? vocabulary) === vocabulary || 'decoder' } = options;
  const depths = each<number>(depth, 'depth', !isRecord(depth));
  const ofStack = each<ResidualMethod>(method, 'method', !byStack(method));
  checkOptions(block, STACKS, 'Transformer block');
  if (isRecord(stochasticDepth) && !('rate' in stochasticDepth)) {
    checkOptions(stochasticDepth, ['rate', 'rule', ...STACKS], 'Transformer stochasticDepth');
  }
  const skipping = each<StochasticDepth | undefined>(
    stochasticDepth as StochasticDepth,
    'stochasticDepth',
    !byStack(stochasticDepth),
  );
  const stack = (name: StackName): StackConfig =>
    stackConfig(
      { depth: depths[name], method: ofStack[name], block: block[name], stochasticDepth: skipping[name] },
      name,
    );
  const config: TransformerConfig = {
    kind: 'transformer',
    vocabulary,
    ...(sourceVocabulary === undefined ? {} : { sourceVocabulary }),
    ...sharedConfig(options, 'Transformer'),
    encoder: stack('encoder'),
    decoder: stack('decoder'),
    tiedEmbeddings,
  };
  checkConfig(config, 'Transformer');
  return config;
};

/** The methods of options, one or two. */
export const methodsOf = ({ method }: TransformerOptions): readonly ResidualMethod[] =>
  byStack(method) ? Object.values(method as PerStack<ResidualMethod>) : [method as ResidualMethod];
