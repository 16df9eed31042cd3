// Sentences of an aligned paragraph.

// An abbreviation or a single letter before the full stop does not end a sentence.
const NO_END =
  /(?:^|[\s(])(?:\p{L}|e\.g|i\.e|etc|vs|approx|bzw|ca|evtl|ggf|Nr|No|usw|vgl|inkl|max|min|Std|Abb)\.$/iu;

/** @param {string} paragraph @returns {string[]} */
const sentences = (paragraph) => {
  /** @type {string[]} */
  const out = [];
  for (const piece of paragraph.split(/(?<=[.!?][)"”“]?)\s+(?=[\p{Lu}"“„(])/u)) {
    const last = out.at(-1);
    if (last !== undefined && NO_END.test(last)) out[out.length - 1] = `${last} ${piece}`;
    else out.push(piece);
  }
  return out;
};

/**
 * The sentences of a paragraph and of its translation, one to one; none where their numbers differ.
 * @param {string} en
 * @param {string} de
 */
export const sentencePairs = (en, de) => {
  const source = sentences(en);
  const target = sentences(de);
  if (source.length !== target.length) return [{ en, de }];
  return source.map((text, i) => ({ en: text, de: target[i] ?? '' }));
};
