import { checkInteger, checkOptions, invalidArgument, type Transformer } from '@steadyformer/core';
import type { Bpe } from '../subwords/bpe';
import { beamSearch } from './beam';
import { greedySearch } from './greedy';
import type { Hypothesis } from './hypothesis';
import { TransformerDecoder } from './stepDecoder';

export interface TranslateOptions {
  /** Hypotheses kept a sentence; 1 is greedy search. Default 4. */
  readonly beamSize?: number;
  /** Scores are divided by length^lengthPenalty. Default 1. */
  readonly lengthPenalty?: number;
  /** Most tokens of a translation as a function of the source's tokens. Default 2 n + 10. */
  readonly maxLength?: (sourceTokens: number) => number;
  /** Source tokens decoded at a time, padding included. Default 1024. */
  readonly maxTokens?: number;
}

export interface Translation {
  readonly text: string;
  readonly score: number;
  /** All hypotheses kept, best first. */
  readonly hypotheses: readonly (Hypothesis & { readonly text: string })[];
}

const OPTIONS = ['beamSize', 'lengthPenalty', 'maxLength', 'maxTokens'];

/** A model and its vocabulary: text in, text out. */
export class Translator {
  constructor(
    readonly model: Transformer,
    readonly vocabulary: Bpe,
  ) {
    const { vocabulary: target, sourceVocabulary = target } = model.config;
    if (target !== vocabulary.size || sourceVocabulary !== vocabulary.size) {
      throw invalidArgument({
        what: 'Translator vocabulary',
        received: vocabulary.size,
        allowed:
          sourceVocabulary === target
            ? `the model's ${target} tokens`
            : `one for source and target, which the model has not: ${sourceVocabulary} and ${target} tokens`,
        next: 'Use the vocabulary the model was trained with.',
      });
    }
  }

  /** Translates sentences, similar lengths together; the result keeps the order. */
  async translate(sentences: readonly string[], options: TranslateOptions = {}): Promise<Translation[]> {
    checkOptions(options, OPTIONS, 'translate');
    const { maxTokens = 1024 } = options;
    checkInteger('maxTokens', maxTokens);
    const encoded = sentences.map((text, index) => ({
      index,
      ids: this.vocabulary.encode(this.vocabulary.normalise(text)),
    }));
    const results = new Array<Translation>(sentences.length);
    for (const group of groupByLength(encoded, maxTokens)) {
      const hypotheses = await this.search(
        group.map(({ ids }) => ids),
        options,
      );
      for (const [i, { index }] of group.entries()) results[index] = this.toText(hypotheses[i]!);
    }
    return results;
  }

  private async search(sources: readonly number[][], options: TranslateOptions): Promise<Hypothesis[][]> {
    const { eos, pad, bos } = this.vocabulary;
    const { beamSize = 4, lengthPenalty = 1, maxLength = (n: number) => 2 * n + 10 } = options;
    const width = Math.max(...sources.map((ids) => ids.length)) + 1;
    const source = new Int32Array(sources.length * width).fill(pad);
    for (const [row, ids] of sources.entries()) source.set([...ids, eos], row * width);
    const decoder = new TransformerDecoder(this.model, source, [sources.length, width]);
    const common = { eos, forbidden: [pad, bos], maxLength: maxLength(width) };
    if (beamSize === 1) return (await greedySearch(decoder, common)).map((hypothesis) => [hypothesis]);
    return beamSearch(decoder, { ...common, beamSize, lengthPenalty });
  }

  private toText(hypotheses: readonly Hypothesis[]): Translation {
    const spoken = hypotheses.map((hypothesis) => ({
      ...hypothesis,
      text: this.vocabulary.decode(hypothesis.ids),
    }));
    return { text: spoken[0]!.text, score: spoken[0]!.score, hypotheses: spoken };
  }
}

interface EncodedSentence {
  readonly index: number;
  readonly ids: number[];
}

/** Longest first, so that memory is asked for once; groups of at most `maxTokens` padded tokens. */
const groupByLength = (sentences: readonly EncodedSentence[], maxTokens: number): EncodedSentence[][] => {
  const sorted = [...sentences].sort((a, b) => b.ids.length - a.ids.length || a.index - b.index);
  const groups: EncodedSentence[][] = [];
  for (const sentence of sorted) {
    const group = groups.at(-1);
    const width = (group?.[0]?.ids.length ?? 0) + 1;
    if (group && (group.length + 1) * width <= maxTokens) group.push(sentence);
    else groups.push([sentence]);
  }
  return groups;
};
