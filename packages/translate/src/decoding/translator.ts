import {
  callback,
  fields,
  finite,
  invalidArgument,
  parseAs,
  type Transformer,
  whole,
} from '@steadyformer/core';
import * as v from 'valibot';
import { translationModel } from '../checks/objects';
import type { SchemasOf } from '../checks/schemas';
import type { Bpe } from '../subwords/bpe';
import { bothSides, hasSides, type Vocabularies } from '../subwords/vocabularies';
import { beamSearch } from './beam';
import { type Hypothesis, NOTHING } from './hypothesis';
import { LONGEST, learnedPositions, lengthLimit, usualLength } from './lengthLimits';
import { beamSizes } from './searchOptions';
import { type EncodedSource, encodeSources, groupByLength, type SourceLimit } from './sources';
import { TransformerDecoder } from './transformerDecoder';

/** How far a call has come. */
export interface TranslateProgress {
  /** Sentences, blank ones included. */
  readonly done: number;
  readonly total: number;
  /** Tokens that those at work have by now. */
  readonly token: number;
}

export interface TranslateOptions {
  /** Hypotheses kept a sentence; 1 is greedy search. Default 4. */
  readonly beamSize?: number;
  /** Scores are divided by n^lengthPenalty, n the tokens of the translation, the end included. Default 1. */
  readonly lengthPenalty?: number;
  /**
   * Most tokens of a translation, the end included, as a function of its source's tokens n, the end included. Rounded
   * down, and kept within the model's learned positions, or where it has none within the larger of 1024 and 2 n + 10.
   * Default 2 n + 10.
   */
  readonly maxLength?: (sourceTokens: number) => number;
  /** Most tokens of a source, the end included. Default 1024; never more than the model's learned positions. */
  readonly maxSourceLength?: number;
  /** Source tokens decoded at a time, padding included. Changes speed and memory, not translations. Default 1024. */
  readonly maxTokens?: number;
  /** Told after every token that is said. An exception of it ends the call. */
  readonly onProgress?: (progress: TranslateProgress) => void;
}

export interface Translation {
  readonly text: string;
  /** Of the best hypothesis; 0, the logarithm of certainty, for a blank source. */
  readonly score: number;
  /** All hypotheses kept, best first. */
  readonly hypotheses: readonly (Hypothesis & { readonly text: string })[];
}

const optionFields = () =>
  fields({
    beamSize: v.optional(beamSizes(), 4),
    lengthPenalty: v.optional(finite(), 1),
    maxLength: v.optional(
      callback<NonNullable<TranslateOptions['maxLength']>>('a function of the source tokens'),
      () => usualLength,
    ),
    maxSourceLength: v.optional(whole(2), LONGEST),
    maxTokens: v.optional(whole(), 1024),
    onProgress: v.optional(callback<NonNullable<TranslateOptions['onProgress']>>()),
  } satisfies SchemasOf<TranslateOptions>);

/** A model and its vocabulary, or vocabularies: text in, text out. */
export class Translator {
  private readonly sides: Vocabularies;

  /** @throws SteadyformerError where a side of the model is of another vocabulary, or pads with another token. */
  constructor(
    readonly model: Transformer,
    readonly vocabulary: Bpe | Vocabularies,
  ) {
    this.sides = bothSides(vocabulary, 'Translator vocabulary');
    parseAs(translationModel(), model, 'Translator model');
    checkSides(this.sides, !hasSides(vocabulary), model);
  }

  /**
   * Translates sentences, similar lengths together; the result keeps the order. What a sentence becomes does not
   * depend on the others. A blank one becomes '' (score 0, finished).
   *
   * @throws SteadyformerError on options out of range, where a sentence has too many tokens (naming it; nothing is
   *   translated then), and where the model's output is NaN.
   */
  async translate(sentences: readonly string[], options: TranslateOptions = {}): Promise<Translation[]> {
    const { beamSize, lengthPenalty, maxTokens, maxLength, maxSourceLength, onProgress } = parseAs(
      optionFields(),
      options,
      'translate()',
    );
    const positions = learnedPositions(this.model.config);
    const longest = sourceLimit(maxSourceLength, positions);
    const sources = encodeSources(sentences, this.sides.source, longest).map((source) => ({
      ...source,
      limit: lengthLimit(maxLength, source.ids.length, positions),
    }));
    const results = sentences.map(() => this.toText([NOTHING]));
    const total = sentences.length;
    let done = total - sources.length;
    for (const group of groupByLength(sources, maxTokens)) {
      const { eos, pad, bos } = this.sides.target;
      const hypotheses = await beamSearch(this.decoderOf(group), {
        eos,
        forbidden: [pad, bos],
        maxLength: group.map(({ limit }) => limit),
        beamSize,
        lengthPenalty,
        nameOf: (row) => `sentences[${group[row]!.index}]`,
        onStep: (rows, token) => onProgress?.({ done: done + rows, total, token }),
      });
      done += group.length;
      for (const [i, { index }] of group.entries()) results[index] = this.toText(hypotheses[i]!);
    }
    return results;
  }

  private decoderOf(group: readonly EncodedSource[]): TransformerDecoder {
    const width = Math.max(...group.map(({ ids }) => ids.length));
    const source = new Int32Array(group.length * width).fill(this.sides.source.pad);
    for (const [row, { ids }] of group.entries()) source.set(ids, row * width);
    return new TransformerDecoder(this.model, source, [group.length, width]);
  }

  private toText(hypotheses: readonly Hypothesis[]): Translation {
    const spoken = hypotheses.map((hypothesis) => ({
      ...hypothesis,
      text: this.sides.target.decode(hypothesis.ids),
    }));
    return { text: spoken[0]!.text, score: spoken[0]!.score, hypotheses: spoken };
  }
}

const sourceLimit = (maxSourceLength: number, positions: number | undefined): SourceLimit =>
  positions !== undefined && positions <= maxSourceLength
    ? { longest: positions, because: 'the learned positions of the model' }
    : { longest: maxSourceLength, because: 'maxSourceLength' };

const checkSides = (sides: Vocabularies, isJoint: boolean, { config }: Transformer): void => {
  const { vocabulary: target, sourceVocabulary: source = target, padId } = config;
  for (const [side, tokens] of Object.entries({ source, target })) {
    const { size, pad } = sides[side as keyof Vocabularies];
    if (size !== tokens) {
      throw invalidArgument({
        what: `Translator vocabulary${isJoint ? '' : `.${side}`}`,
        received: size,
        allowed:
          isJoint && source !== target
            ? `{ source, target } of the model's ${source} and ${target} tokens`
            : `the model's ${tokens} tokens`,
        next: 'Use the vocabulary the model was trained with.',
      });
    }
    if (padId !== pad) {
      throw invalidArgument({
        what: 'padId of the model',
        received: padId,
        allowed: `the vocabulary's ${pad}`,
        next: 'Build and train the model with padId: vocabulary.pad.',
      });
    }
  }
};
