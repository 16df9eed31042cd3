import {
  callback,
  check,
  checkList,
  checkTexts,
  fields,
  type LanguageModel,
  parseAs,
  whole,
} from '@steadyformer/core';
import * as v from 'valibot';
import { having, type SchemasOf } from '../checks/schemas';
import type { TranslateOptions, Translator } from '../decoding/translator';
import { bleuMetric } from '../score/bleu';
import { chrFMetric } from '../score/chrF';
import { type ScoreReport, scoreSystems } from '../score/scoreSystems';
import type { Bpe } from '../subwords/bpe';
import type { SentencePair } from '../text/sentencePair';
import { type Evaluation, evaluateLoss } from '../training/evaluate';
import type { TokenModel } from '../training/modelKinds';
import { tokenErrors } from '../training/translationLoss';
import { measuredPairs, measuredText } from './measuredBatches';

/** What a model gives the tokens of a text that it is told one after the other (teacher forcing). */
export interface TokenScores {
  /** Tokens of the text, the ends included. */
  readonly tokens: number;
  /** Negative log-likelihood a token, nats. */
  readonly nll: number;
  /** exp(nll) */
  readonly perplexity: number;
  /** The share of tokens that are the model's likeliest. */
  readonly accuracy: number;
}

/** What a translation model does on a test set: told the references, and by its own search. */
export interface TranslatorScores extends TokenScores {
  readonly sentences: number;
  /** BLEU and chrF of the translations with their 95 % intervals and signatures. */
  readonly report: ScoreReport;
  readonly translations: readonly string[];
}

/** Options of `evaluateTranslator`. */
export interface EvaluateTranslatorOptions {
  /** How the translations are searched for, as of `Translator.translate`. */
  readonly search?: TranslateOptions;
  /** Most tokens of a batch that is told its references. Default 4096. */
  readonly maxTokens?: number;
  /** Resamples of the bootstrap; 0 for no intervals. Default 1000. */
  readonly samples?: number;
  /** Told how far a stage is. An exception of it ends the call. */
  readonly onProgress?: (stage: 'reading' | 'translating', done: number, total: number) => void;
}

const translatorFields = () =>
  fields({
    search: v.optional(
      v.custom<TranslateOptions>(() => true),
      {},
    ),
    maxTokens: v.optional(whole(2), 4096),
    samples: v.optional(whole(0), 1000),
    onProgress: v.optional(callback<NonNullable<EvaluateTranslatorOptions['onProgress']>>()),
  } satisfies SchemasOf<EvaluateTranslatorOptions>);

const scoresOf = ({ tokens, nll, perplexity, loss }: Evaluation): TokenScores => ({
  tokens,
  nll,
  perplexity,
  accuracy: 1 - loss,
});

/**
 * Measures a translation model on a test set: perplexity and token accuracy with each reference told token by token, BLEU
 * and chrF of its own translations. A pair with a blank side counts for the latter alone.
 *
 * @throws SteadyformerError on options out of range, where there are no pairs, where a sentence is too long for the model,
 *   and where the model's output is not finite
 */
export const evaluateTranslator = async (
  translator: Translator,
  pairs: readonly SentencePair[],
  options: EvaluateTranslatorOptions = {},
): Promise<TranslatorScores> => {
  const { search, maxTokens, samples, onProgress } = parseAs(
    translatorFields(),
    options,
    'evaluateTranslator()',
  );
  parseAs(having(['translate'], 'a Translator'), translator, 'evaluateTranslator() translator');
  checkList('evaluateTranslator() pairs', pairs, 'a list of { source, target }');
  check(pairs.length > 0, 'evaluateTranslator() pairs', pairs.length, 'at least one');
  const told = search.onProgress;
  const batches = measuredPairs(pairs, translator.vocabulary, maxTokens);
  const forced = await evaluateLoss(
    translator.model as TokenModel,
    batches.epoch(),
    tokenErrors('transformer'),
    {
      onProgress: (soFar) => onProgress?.('reading', soFar.batches, batches.count),
    },
  );
  const found = await translator.translate(
    pairs.map(({ source }) => source),
    {
      ...search,
      onProgress: (progress) => {
        told?.(progress);
        onProgress?.('translating', progress.done, progress.total);
      },
    },
  );
  const translations = found.map(({ text }) => text);
  const report = scoreSystems(
    [{ name: 'model', texts: translations }],
    pairs.map(({ target }) => target),
    { metrics: [bleuMetric(), chrFMetric()], samples },
  );
  return { sentences: pairs.length, ...scoresOf(forced), report, translations };
};

/** Options of `evaluateLanguageModel`. */
export interface EvaluateLanguageModelOptions {
  /** The vocabulary that the model was trained with. */
  readonly vocabulary: Bpe;
  /** Tokens of a block, which the model sees at a time: those of its training. Default 256. */
  readonly length?: number;
  /** Most tokens of a batch. Default 4096. */
  readonly maxTokens?: number;
  readonly onProgress?: (stage: 'reading', done: number, total: number) => void;
}

const languageModelFields = () =>
  fields({
    vocabulary: having<Bpe>(['encode', 'normalise'], 'a Bpe'),
    length: v.optional(whole(), 256),
    maxTokens: v.optional(whole(), 4096),
    onProgress: v.optional(callback<NonNullable<EvaluateLanguageModelOptions['onProgress']>>()),
  } satisfies SchemasOf<EvaluateLanguageModelOptions>);

/**
 * Measures a language model on running text, a document an item: perplexity and token accuracy.
 *
 * @throws SteadyformerError on options out of range, and where the text has no tokens
 */
export const evaluateLanguageModel = async (
  model: LanguageModel,
  texts: readonly string[],
  options: EvaluateLanguageModelOptions,
): Promise<TokenScores> => {
  const { vocabulary, length, maxTokens, onProgress } = parseAs(
    languageModelFields(),
    options,
    'evaluateLanguageModel()',
  );
  const batches = measuredText(checkTexts('evaluateLanguageModel() texts', texts), vocabulary, {
    length,
    maxTokens,
  });
  const forced = await evaluateLoss(model as TokenModel, batches.epoch(), tokenErrors('languageModel'), {
    onProgress: (soFar) => onProgress?.('reading', soFar.batches, batches.count),
  });
  return scoresOf(forced);
};
