// Text helpers shared by the corpus scripts and their test.

/** NFC, one line, single spaces, no invisible characters. @param {string} text */
export const normalise = (text) =>
  text
    .normalize('NFC')
    .replace(/[\u00ad\u200b-\u200f\u202a-\u202e\u2060\ufeff]/gu, '')
    .replace(/\s+/gu, ' ')
    .trim();

/** Lower-cased words (no numbers, no punctuation). @param {string} text @returns {string[]} */
export const words = (text) => (text.match(/[\p{L}\p{M}]+/gu) ?? []).map((word) => word.toLowerCase());

const NUMBER = /\p{N}+(?:[.,:]\p{N}+)*/gu;
const QUOTED = /"[^"]*"|“[^”“]*[”“]|„[^“”"]*[“”"]|‘[^’]*’|«[^»]*»|(?<!\p{L})'[^']*'(?!\p{L})/gu;
// A capitalised word that does not open the sentence is a name: a menu entry, a key, a function, a product.
const NAME = /(?<=\S\s?)(?<![.!?:]\s)(?<!\p{L})\p{Lu}[\p{L}\p{M}]*/gu;
const NAME_RUN = /N(?:[\s\-–+/&.,()#]*N)+/gu;

/**
 * The sentence with its numbers, quoted strings and names removed, for English. Two sentences with the same
 * masked form say the same thing of different objects, so they must not stand on both sides of a split.
 * @param {string} text
 */
export const maskEnglish = (text) =>
  maskGerman(text.replace(QUOTED, 'Q').replace(NAME, 'N').replace(NAME_RUN, 'N'));

/** As `maskEnglish`, but German nouns keep their place: only numbers and quoted strings go. @param {string} text */
export const maskGerman = (text) =>
  text
    .replace(QUOTED, 'Q')
    .replace(NUMBER, '#')
    .toLowerCase()
    .replace(/[^\p{L}\p{M}#]+/gu, ' ')
    .trim();

const TONE = /(?:(?:medium-|mittel)?(?:light|dark|helle|dunkle)|medium|mittlere) (?:skin tone|Hautfarbe)/giu;

/** An emoji name without its skin tones and numbers. @param {string} text */
export const maskEmoji = (text) =>
  text
    .replace(TONE, '')
    .replace(NUMBER, '#')
    .toLowerCase()
    .replace(/[^\p{L}\p{M}#*]+/gu, ' ')
    .trim();
