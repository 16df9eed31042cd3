import { checkOneOf, invalidArgument } from '@steadyformer/core';

/** A stretch of a text: a sentence, or what stands between two. */
export interface Stretch {
  readonly text: string;
  readonly sentence: boolean;
}

/**
 * A text as sentences and what stands between them (spaces, line ends), which together are the text. Lines end sentences;
 * within one, the language's own rules do (Unicode's, by `Intl.Segmenter`).
 *
 * @throws SteadyformerError where the text is none, or the language is no tag.
 */
export const splitSentences = (text: string, language = 'en'): Stretch[] => {
  checkOneOf('type of the text', typeof text, ['string']);
  const stretches: Stretch[] = [];
  for (const part of text.split(/(\r?\n)/u)) {
    if (/^\r?\n$/u.test(part)) stretches.push({ text: part, sentence: false });
    else for (const { segment } of segmenter(language).segment(part)) stretches.push(...apart(segment));
  }
  return stretches;
};

const segmenter = (language: string): Intl.Segmenter => {
  try {
    return new Intl.Segmenter(language, { granularity: 'sentence' });
  } catch {
    const allowed = "tags of languages such as 'en' and 'de'";
    throw invalidArgument({ what: 'language', received: language, allowed });
  }
};

/** A sentence and the spaces around it. */
const apart = (segment: string): Stretch[] => {
  const inner = segment.trim();
  const start = segment.indexOf(inner);
  const parts = [segment.slice(0, start), inner, segment.slice(start + inner.length)];
  return parts.map((text, i) => ({ text, sentence: i === 1 })).filter(({ text }) => text !== '');
};
