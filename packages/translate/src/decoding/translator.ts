import {
  type FixedWeights,
  invalidArgument,
  parseAs,
  type RandomStream,
  randomStream,
  type Transformer,
} from '@steadyformer/core';
import { translationModel } from '../checks/objects';
import type { Bpe } from '../subwords/bpe';
import { bothSides, hasSides, type Vocabularies } from '../subwords/vocabularies';
import { beamSearch } from './beam';
import { checkSides } from './checkSides';
import { type Forced, type ForcedSettings, forced, type Pair } from './forced';
import type { GroupEars, GroupSettings, Source } from './group';
import { groupDecoder } from './groupDecoder';
import { type Hypothesis, NOTHING } from './hypothesis';
import { LONGEST, learnedPositions, lengthLimit } from './lengthLimits';
import { sampleSearch } from './sampling';
import { checkBlank, phrasesAt, SentencePhrases } from './sentencePhrases';
import { splitSentences } from './sentences';
import { encodeSources, encodeTexts, groupByLength, type SourceLimit, sourceLimit } from './sources';
import { spoken, toText } from './spoken';
import { type TranslateOptions, type TranslateSettings, translateSettings } from './translateOptions';
import type { ScoredTranslation, TextTranslation, Translation } from './translation';
import { type ScoreOptions, type StreamOptions, scoreSettings, streamSettings } from './translatorOptions';

export type {
  PartialTranslation,
  SamplingChoice,
  TranslateOptions,
  TranslateProgress,
} from './translateOptions';
export type {
  Alignment,
  ScoredTranslation,
  SpokenHypothesis,
  TextTranslation,
  Translation,
} from './translation';
export type { ScoreOptions, StreamOptions } from './translatorOptions';

/** A model and its vocabulary, or vocabularies: text in, text out. */
export class Translator {
  /** The first of `models`. */
  readonly model: Transformer;
  /** Models that translate together, the probability of each token the mean of theirs; most often one. */
  readonly models: readonly Transformer[];
  /** The vocabularies of both sides, which may be one. */
  readonly sides: Vocabularies;
  private readonly phrases: SentencePhrases;

  /**
   * @param model a model, or several with the same vocabularies
   * @param weights `owned`: no thread writes the models' weights, though they may lie in memory that threads share
   * @throws SteadyformerError where a side of the model is of another vocabulary, or pads with another token.
   */
  constructor(
    model: Transformer | readonly Transformer[],
    readonly vocabulary: Bpe | Vocabularies,
    private readonly weights: Pick<FixedWeights, 'owned'> = {},
  ) {
    this.sides = bothSides(vocabulary, 'Translator vocabulary');
    this.phrases = new SentencePhrases(this.sides.target);
    const models = Array.isArray(model) ? (model as readonly Transformer[]) : [model as Transformer];
    if (models.length === 0) {
      throw invalidArgument({ what: 'Translator model', received: model, allowed: 'one model or more' });
    }
    for (const each of models) {
      parseAs(translationModel(), each, 'Translator model');
      checkSides(this.sides, !hasSides(vocabulary), each);
    }
    this.models = [...models];
    this.model = models[0]!;
  }

  /**
   * Translates sentences, similar lengths together; the result keeps the order. What a sentence becomes does not
   * depend on the others. A blank one becomes '' (score 0, finished).
   *
   * @throws SteadyformerError on options out of range, where a sentence has too many tokens (naming it; nothing is
   *   translated then), and where the model's output is NaN; the signal's reason where that is aborted.
   */
  async translate(sentences: readonly string[], options: TranslateOptions = {}): Promise<Translation[]> {
    const count = Array.isArray(sentences) ? sentences.length : undefined;
    return this.translated(sentences, translateSettings(options, count), 0);
  }

  /**
   * Translates a stream of sentences: so many as `window` says at a time, and no more is asked of the stream than that before
   * they are taken. Yields one translation a sentence, in order.
   *
   * @throws SteadyformerError as `translate` does; sentences are counted from the first of the stream.
   */
  async *translateStream(
    sentences: AsyncIterable<string> | Iterable<string>,
    options: StreamOptions = {},
  ): AsyncGenerator<Translation, void, undefined> {
    const { window, settings } = streamSettings(sentences, options);
    let first = 0;
    let held: string[] = [];
    for await (const sentence of sentences) {
      held.push(sentence);
      if (held.length < window) continue;
      yield* await this.translated(held, settings, first);
      first += held.length;
      held = [];
    }
    yield* await this.translated(held, settings, first);
  }

  /**
   * Translates a text of several sentences and lines. It is split by `splitSentences`; what stands between sentences stays.
   *
   * @param language of the text, a tag such as 'en'
   */
  async translateText(
    text: string,
    options: TranslateOptions = {},
    language = 'en',
  ): Promise<TextTranslation> {
    const stretches = splitSentences(text, language);
    const given = stretches.filter(({ sentence }) => sentence).map((stretch) => stretch.text);
    const sentences = await this.translate(given, options);
    let next = 0;
    const texts = stretches.map((stretch) => (stretch.sentence ? sentences[next++]!.text : stretch.text));
    return { text: texts.join(''), sentences };
  }

  /**
   * What the model says of translations that are given (forced decoding): log-probabilities of their tokens, in the order given.
   *
   * @throws SteadyformerError where the lists differ in length, or a text has too many tokens, naming it.
   */
  async score(
    sources: readonly string[],
    targets: readonly string[],
    options: ScoreOptions = {},
  ): Promise<ScoredTranslation[]> {
    const { maxTokens, signal } = scoreSettings(sources, targets, options);
    const limit = this.limit(LONGEST);
    const source = encodeTexts(sources, this.sides.source, limit, 'sources');
    const target = encodeTexts(targets, this.sides.target, limit, 'targets').map((ids) => ids.slice(0, -1));
    const pairs = source.map((ids, i) => ({ source: ids, target: target[i]! }));
    const found = await this.forced(pairs, { ...this.marks(), maxTokens, attention: false, signal });
    return found.map(({ tokenScores }, i) => {
      const logProbability = tokenScores.reduce((sum, each) => sum + each, 0);
      return { ids: target[i]!, logProbability, tokenScores, score: logProbability / tokenScores.length };
    });
  }

  private async translated(
    sentences: readonly string[],
    settings: TranslateSettings,
    first: number,
  ): Promise<Translation[]> {
    const { maxLength, prefixes, constraints, forbiddenPhrases, onProgress, onPartial, signal, ...plain } =
      settings;
    const positions = learnedPositions(this.model.config);
    const { target } = this.sides;
    const limit = this.limit(settings.maxSourceLength);
    const sources = encodeSources(sentences, this.sides.source, limit, first).map(
      ({ index, ids }): Source => {
        const place = {
          name: `sentences[${first + index}]`,
          limit: lengthLimit(maxLength, ids.length, positions),
          prefix: prefixes ? target.encode(target.normalise(prefixes[index]!)) : [],
        };
        const lexical = this.phrases.of(phrasesAt(settings, index), place);
        const { limit: most, prefix } = place;
        return { ids, index: first + index, limit: most, prefix, ...(lexical ? { lexical } : {}) };
      },
    );
    checkBlank(sentences, sources, constraints, first);
    const results = sentences.map(() => toText(target, [NOTHING]));
    // Those with phrases apart: what they need of every step is more, and no other sentence is to depend on that.
    const groups = [false, true].flatMap((phrases) =>
      groupByLength(
        sources.filter(({ lexical }) => (lexical !== undefined) === phrases),
        settings.maxTokens,
        this.workers,
      ),
    );
    const total = sentences.length;
    const rows = groups.map(() => 0);
    let done = total - sources.length;
    const found = await this.groups(groups, plain, {
      signal,
      onPartial,
      onStep:
        onProgress &&
        ((rowsDone, token, at) => {
          done += rowsDone - rows[at]!;
          rows[at] = rowsDone;
          onProgress({ done, total, token });
        }),
    });
    for (const [at, group] of groups.entries()) {
      for (const [i, { index }] of group.entries()) results[index - first] = found[at]![i]!;
    }
    return results;
  }

  /** How many groups are translated at a time. */
  protected get workers(): number {
    return 1;
  }

  /** What groups become, in their order. */
  protected async groups(
    groups: readonly (readonly Source[])[],
    settings: GroupSettings,
    ears: GroupEars,
  ): Promise<readonly (readonly Translation[])[]> {
    const found: Translation[][] = [];
    for (const [at, group] of groups.entries()) found.push(await this.group(group, settings, ears, at));
    return found;
  }

  /** What one group, the call's `at`-th, becomes. */
  protected async group(
    group: readonly Source[],
    settings: GroupSettings,
    ears: GroupEars,
    at = 0,
  ): Promise<Translation[]> {
    const found = await this.searched(group, settings, ears, at);
    const { models, sides, weights } = this;
    return spoken({ models, sides, weights }, group, found, settings, ears.signal);
  }

  /** What the models say of pairs. */
  protected forced(pairs: readonly Pair[], settings: ForcedSettings): Promise<readonly Forced[]> {
    return forced(this.models, pairs, { ...settings, weights: this.weights });
  }

  private async searched(
    group: readonly Source[],
    settings: GroupSettings,
    { onStep, onPartial, signal }: GroupEars,
    at: number,
  ): Promise<Hypothesis[][]> {
    const { eos, pad, bos } = this.sides.target;
    const { sampling } = settings;
    const { beamSize, groups, diversity } = settings;
    const partial = (row: number, ids: readonly number[]): void =>
      onPartial?.({ index: group[row]!.index, text: this.sides.target.decode(ids) });
    const { minLength, lengthPenalty, lengthPenaltyForm, noRepeatNgram, repetitionPenalty } = settings;
    const shared = {
      ...{ minLength, lengthPenalty, lengthPenaltyForm, noRepeatNgram, repetitionPenalty },
      ...{ stopping: settings.stopping, tokenScores: settings.tokenScores },
      ...{ eos, forbidden: [pad, bos], nameOf: (row: number) => `sentences[${group[row]!.index}]` },
      maxLength: group.map(({ limit }) => limit),
      prefixes: group.map(({ prefix }) => prefix),
      ...this.phrases.search(group),
      ...(onStep ? { onStep: (rows: number, token: number) => onStep(rows, token, at) } : {}),
      ...(onPartial ? { onPartial: partial } : {}),
      ...(signal ? { signal } : {}),
    };
    const weights = { ...this.weights, computeType: settings.computeType };
    const decoder = groupDecoder(this.models, group, this.sides.source.pad, weights);
    if (!sampling) return beamSearch(decoder, { ...shared, beamSize, groups, diversity });
    // A row of the search is a sentence of the call.
    const seeds = randomStream(sampling.seed).fork('translate');
    const random: RandomStream = Object.create(seeds, {
      fork: { value: (row: number) => seeds.fork(group[row]!.index) },
    });
    const { temperature, topK, topP } = sampling;
    const how = { random, temperature, topP, ...(topK === undefined ? {} : { topK }) };
    return (await sampleSearch(decoder, { ...shared, ...how })).map((one) => [one]);
  }

  private marks(): { readonly eos: number; readonly pad: number } {
    const { eos, pad } = this.sides.target;
    return { eos, pad };
  }

  private limit(maxSourceLength: number): SourceLimit {
    return sourceLimit(maxSourceLength, learnedPositions(this.model.config));
  }
}
