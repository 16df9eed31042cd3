import { applyRules, PERIODS_AND_DASHES, type Rule, WESTERN_PUNCTUATION, XML_ESCAPES } from './tokenizers';

export interface TerSettings {
  readonly normalized: boolean;
  readonly noPunctuation: boolean;
  readonly asianSupport: boolean;
  readonly caseSensitive: boolean;
}

const LINES: readonly Rule[] = [
  [/\n-/gu, ''],
  [/\n/gu, ' '],
];

const POSSESSIVES: readonly Rule[] = [
  [/'s /gu, " 's "],
  [/'s$/gu, " 's"],
];

const ASIAN_PUNCTUATION: readonly RegExp[] = [
  /([\u3001\u3002\u3008-\u3011\u3014-\u301f\uff61-\uff65\u30fb])/gu,
  /([\uff0e\uff0c\uff1f\uff1a\uff1b\uff01\uff02\uff08\uff09])/gu,
];

// The ranges are sacreBLEU's; the last ends at U+3F22 there too. Kana is set apart only where it is the whole text.
const IDEOGRAPHS: readonly Rule[] = [
  [/([\u4e00-\u9fff\u3400-\u4dbf])/gu, ' $1 '],
  [/([\u31c0-\u31ef\u2e80-\u2eff])/gu, ' $1 '],
  [/([\u3300-\u33ff\uf900-\ufaff\ufe30-\ufe4f])/gu, ' $1 '],
  [/([\u3200-\u3f22])/gu, ' $1 '],
];
const KANA: readonly Rule[] = [
  [/(^|^[\u3040-\u309f])([\u3040-\u309f]+)(?=$|^[\u3040-\u309f])/gu, '$1 $2 '],
  [/(^|^[\u30a0-\u30ff])([\u30a0-\u30ff]+)(?=$|^[\u30a0-\u30ff])/gu, '$1 $2 '],
  [/(^|^[\u31f0-\u31ff])([\u31f0-\u31ff]+)(?=$|^[\u31f0-\u31ff])/gu, '$1 $2 '],
];

const replaceEach = (patterns: readonly RegExp[], replacement: string): Rule[] =>
  patterns.map((pattern) => [pattern, replacement]);

/** A sentence as Tercom's normaliser leaves it, words parted by white space. */
export const terWords = (text: string, settings: TerSettings): string => {
  const { normalized, noPunctuation, asianSupport, caseSensitive } = settings;
  let words = caseSensitive ? text : text.toLowerCase();
  if (normalized) {
    words = ` ${applyRules(words, LINES, XML_ESCAPES)} `;
    words = applyRules(words, WESTERN_PUNCTUATION, POSSESSIVES, PERIODS_AND_DASHES);
    if (asianSupport) words = applyRules(words, IDEOGRAPHS, KANA, replaceEach(ASIAN_PUNCTUATION, ' $1 '));
  }
  if (noPunctuation) {
    words = words.replace(/[.,?:;!"()]/gu, '');
    if (asianSupport) words = applyRules(words, replaceEach(ASIAN_PUNCTUATION, ''));
  }
  return words;
};
