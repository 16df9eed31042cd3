import { splitWords } from './python';

/**
 * How BLEU cuts text into words, by sacreBLEU's names: `13a` (the WMT standard, mteval-v13a), `intl` (mteval-v14
 * international), `char` (characters), `none` (text is tokenised already).
 */
export type BleuTokenizer = '13a' | 'intl' | 'char' | 'none';

/** A pattern and what replaces it, everywhere. */
export type Rule = readonly [RegExp, string];

const apply = (text: string, rules: readonly Rule[]): string =>
  rules.reduce((current, [pattern, replacement]) => current.replace(pattern, replacement), text);

/** ASCII punctuation set apart, but for comma, dash, full stop and apostrophe. */
export const WESTERN_PUNCTUATION: readonly Rule[] = [[/([{-~[-` -&(-+:-@/])/gu, ' $1 ']];
/** Full stop and comma set apart unless between digits, and a dash after a digit. */
export const PERIODS_AND_DASHES: readonly Rule[] = [
  [/([^0-9])([.,])/gu, '$1 $2 '],
  [/([.,])([^0-9])/gu, ' $1 $2'],
  [/([0-9])(-)/gu, '$1 $2 '],
];

/** XML escapes as they are undone before western tokenization. */
export const XML_ESCAPES: readonly Rule[] = [
  [/&quot;/gu, '"'],
  [/&amp;/gu, '&'],
  [/&lt;/gu, '<'],
  [/&gt;/gu, '>'],
];

const INTERNATIONAL: readonly Rule[] = [
  [/(\P{N})(\p{P})/gu, '$1 $2 '],
  [/(\p{P})(\P{N})/gu, ' $1 $2'],
  [/(\p{S})/gu, ' $1 '],
];

/** Applies lists of rules, one after the other. */
export const applyRules = (text: string, ...rules: (readonly Rule[])[]): string => rules.reduce(apply, text);

const tokenize13a = (text: string): string => {
  const joined = text.replaceAll('<skipped>', '').replaceAll('-\n', '').replaceAll('\n', ' ');
  return applyRules(` ${applyRules(joined, XML_ESCAPES)} `, WESTERN_PUNCTUATION, PERIODS_AND_DASHES);
};

/** The words of a sentence, by tokenizer. */
export const TOKENIZERS: Readonly<Record<BleuTokenizer, (text: string) => string[]>> = {
  '13a': (text) => splitWords(tokenize13a(text)),
  intl: (text) => splitWords(applyRules(text, INTERNATIONAL)),
  char: (text) => splitWords(Array.from(text).join(' ')),
  none: splitWords,
};
