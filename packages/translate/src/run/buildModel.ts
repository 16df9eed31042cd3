import {
  type FromConfigOptions,
  invalidArgument,
  isRecord,
  type LanguageModel,
  type LanguageModelOptions,
  languageModel,
  type MethodConfig,
  methodFrom,
  type ResidualMethod,
  type Transformer,
  type TransformerOptions,
  transformer,
} from '@steadyformer/core';
import type { OwnParts } from '../checks/ownParts';
import type { Bpe } from '../subwords/bpe';
import { bothSides, hasSides, type Vocabularies } from '../subwords/vocabularies';
import type { RunConfig } from './runConfig';
import type { MethodChoice, ModelConfig, PerStack } from './sections/model';

/** A value of both stacks, or of each. */
const ofStack = <T>(value: T | PerStack<T>, stack: keyof PerStack<T>): T =>
  isRecord(value) && ('encoder' in value || 'decoder' in value)
    ? (value as unknown as PerStack<T>)[stack]
    : (value as T);

const methodOf = (choice: MethodChoice, own: FromConfigOptions['methods']): ResidualMethod =>
  methodFrom(typeof choice === 'string' ? { name: choice } : (choice as MethodConfig), own);

/** What is given of the options that have defaults in core. */
const optional = ({
  keyValueHeads,
  feedForward,
  activation,
  positions,
  attentionPositions,
}: ModelConfig): object =>
  Object.fromEntries(
    Object.entries({ keyValueHeads, feedForward, activation, positions, attentionPositions }).filter(
      ([, value]) => value !== undefined,
    ),
  );

/**
 * The model of a run, its weights drawn from the seed.
 *
 * @throws SteadyformerError on an unknown method, and on what core refuses: sizes that do not go together, ...
 */
export const buildModel = (
  config: Pick<RunConfig, 'kind' | 'model' | 'seed'>,
  vocabulary: Bpe | Vocabularies,
  own: OwnParts = {},
): Transformer | LanguageModel =>
  (config.kind === 'translation' ? seq2seq : speaker)(config, vocabulary, own);

const seq2seq = (
  { model, seed }: Pick<RunConfig, 'model' | 'seed'>,
  vocabulary: Bpe | Vocabularies,
  own: OwnParts,
): Transformer => {
  const { source, target } = bothSides(vocabulary, 'vocabulary');
  const { width, heads, method, depth, dropout, tiedEmbeddings, stochasticDepth } = model;
  const each = (stack: keyof PerStack<unknown>) =>
    methodOf(ofStack<MethodChoice>(method as MethodChoice, stack), own.methods);
  return transformer(
    {
      vocabulary: target.size,
      // Tables of two vocabularies are two, though their sizes may agree.
      ...(hasSides(vocabulary) ? { sourceVocabulary: source.size } : {}),
      tiedEmbeddings: tiedEmbeddings ?? (hasSides(vocabulary) ? 'decoder' : true),
      padId: target.pad,
      width,
      heads,
      depth: { encoder: ofStack(depth, 'encoder'), decoder: ofStack(depth, 'decoder') },
      method: { encoder: each('encoder'), decoder: each('decoder') },
      dropout,
      ...optional(model),
      ...(stochasticDepth ? { stochasticDepth } : {}),
    } as TransformerOptions,
    seed,
    own.modules,
  );
};

const speaker = (
  { model, seed }: Pick<RunConfig, 'model' | 'seed'>,
  vocabulary: Bpe | Vocabularies,
  own: OwnParts,
): LanguageModel => {
  const { target } = bothSides(vocabulary, 'vocabulary');
  const { width, heads, method, depth, dropout, tiedEmbeddings = true, stochasticDepth } = model;
  for (const [what, value] of Object.entries({ method, depth })) {
    if (!isRecord(value) || !('encoder' in value)) continue;
    throw invalidArgument({
      what: `model.${what}`,
      received: value,
      allowed: 'one value: a language model has one stack',
    });
  }
  return languageModel(
    {
      vocabulary: target.size,
      tiedEmbeddings: tiedEmbeddings !== false,
      padId: target.pad,
      width,
      heads,
      depth: depth as number,
      method: methodOf(method as MethodChoice, own.methods),
      dropout,
      ...optional(model),
      ...(stochasticDepth ? { stochasticDepth } : {}),
    } as LanguageModelOptions,
    seed,
    own.modules,
  );
};
