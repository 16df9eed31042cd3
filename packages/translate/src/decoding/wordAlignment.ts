/** The word that each token is of, words being what stands between white space; undefined for those of none, such as the end. */
export const wordsOfTokens = (
  ids: readonly number[],
  tokenTexts: readonly string[],
): (number | undefined)[] => {
  let word = -1;
  let open = false;
  return ids.map((id) => {
    const text = tokenTexts[id]!;
    if (text === '') return undefined;
    if (/^\s/u.test(text)) open = false;
    // A space alone is of the word that follows, if one does.
    if (text.trim() === '') return undefined;
    if (!open) word++;
    open = !/\s$/u.test(text);
    return word;
  });
};

/** Rows of weights by the words of their columns, those of none left out. */
const byWord = (row: readonly number[], words: readonly (number | undefined)[]): number[] => {
  const sums: number[] = [];
  for (const [i, weight] of row.entries()) {
    const word = words[i];
    if (word !== undefined) sums[word] = (sums[word] ?? 0) + weight;
  }
  return sums;
};

/**
 * Words of the source and of the target that belong together: each word of the target, and the one of the source that it sees
 * most of. That is the attention to all tokens of a source word, summed over the tokens of the target word; the end takes no
 * part. In order of the source, then the target.
 *
 * @param weights a row a token of the target, a number a token of the source
 */
export const wordAlignment = (
  weights: readonly (readonly number[])[],
  source: readonly (number | undefined)[],
  target: readonly (number | undefined)[],
): (readonly [number, number])[] => {
  const sums: number[][] = [];
  for (const [i, row] of weights.entries()) {
    const word = target[i];
    if (word === undefined) continue;
    const seen = byWord(row, source);
    sums[word] = sums[word]?.map((sum, at) => sum + seen[at]!) ?? seen;
  }
  return sums
    .flatMap((seen, word): [number, number][] =>
      seen.length === 0 ? [] : [[seen.indexOf(Math.max(...seen)), word]],
    )
    .sort(([a, x], [b, y]) => a - b || x - y);
};

/** Pairs of words as the Pharaoh format has them: `0-0 1-2`, source and target counted from 0. */
export const pharaoh = (words: readonly (readonly [number, number])[]): string =>
  words.map((pair) => pair.join('-')).join(' ');
