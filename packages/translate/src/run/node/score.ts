import type { Transformer } from '@steadyformer/core';
import { Translator } from '../../decoding/translator';
import { bleu } from '../../score/bleu';
import { chrF } from '../../score/chrF';
import type { Bpe } from '../../subwords/bpe';
import type { Vocabularies } from '../../subwords/vocabularies';
import type { SentencePair } from '../../text/sentencePair';
import type { ValidationEvent } from '../events';
import type { DecodingConfig } from '../sections/progress';

export interface Scored {
  readonly bleu: number;
  readonly signature: string;
  readonly chrF: number;
  readonly texts: readonly string[];
  readonly samples: NonNullable<ValidationEvent['samples']>;
}

const SAMPLES = 4;

/** Translates the sources and scores the translations. `onProgress` may end it by an exception. */
export const scorePairs = async (
  model: Transformer,
  vocabulary: Bpe | Vocabularies,
  pairs: readonly SentencePair[],
  { beamSize, lengthPenalty }: DecodingConfig,
  onProgress: (done: number, total: number) => void,
): Promise<Scored> => {
  const translator = new Translator(model, vocabulary);
  const texts = (
    await translator.translate(
      pairs.map(({ source }) => source),
      { beamSize, lengthPenalty, onProgress: ({ done, total }) => onProgress(done, total) },
    )
  ).map(({ text }) => text);
  const references = pairs.map(({ target }) => target);
  const { score, signature } = bleu(texts, references);
  const stride = Math.max(1, Math.floor(pairs.length / SAMPLES));
  const samples = Array.from({ length: Math.min(SAMPLES, pairs.length) }, (_, i) => ({
    source: pairs[i * stride]!.source,
    translation: texts[i * stride]!,
    reference: references[i * stride]!,
  }));
  return { bleu: score, signature, chrF: chrF(texts, references).score, texts, samples };
};
