import { type Stretch, splitSentences } from '@steadyformer/translate';

/** A text to be translated in pieces: those that are sentences are, the others stay as they are. */
export type Pieces = readonly Stretch[];

/** A line: as it is, or its sentences in a language, and the white space between them. */
export const piecesOf = (line: string, language: string | undefined): Pieces => {
  if (language === undefined) return [{ text: line, sentence: true }];
  const found = splitSentences(line, language);
  // What has no sentence is blank.
  return found.length > 0 ? found : [{ text: '', sentence: false }];
};

export const sentencesOf = (pieces: Pieces): string[] =>
  pieces.filter(({ sentence }) => sentence).map(({ text }) => text);

/** The pieces with translations in place of their sentences. */
export const joined = (pieces: Pieces, translations: readonly string[]): string => {
  let next = 0;
  return pieces.map(({ text, sentence }) => (sentence ? translations[next++]! : text)).join('');
};
