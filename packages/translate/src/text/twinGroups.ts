import { checkText } from '@steadyformer/core';
import { maskedKey } from './maskedKey';
import type { SentencePair } from './sentencePair';

/** Which pairs have to stay together. */
export interface TwinGroups {
  /** By pair: its group, counted from 0 in the order of the pairs. */
  readonly groupOf: Int32Array;
  /** By group: how many pairs it has. */
  readonly sizes: Int32Array;
  /** By group: the least masked key of its texts, which no other group has. */
  readonly keys: Float64Array;
}

/** Gives the first place in `keys` that has the key of a place: open addressing, linear probing. */
const firstPlaces = (keys: Float64Array): ((place: number) => number) => {
  const slots = new Int32Array(2 ** Math.ceil(Math.log2(2 * keys.length + 2))).fill(-1);
  const mask = slots.length - 1;
  return (place) => {
    const key = keys[place]!;
    let at = (key / 2 ** 21) & mask;
    while (slots[at]! >= 0 && keys[slots[at]!] !== key) at = (at + 1) & mask;
    if (slots[at]! < 0) slots[at] = place;
    return slots[at]!;
  };
};

/**
 * Groups of pairs that share a masked text, on either side, directly or through others (union by least number, with path
 * halving): no text of a group occurs, masked, in another one.
 */
export const twinGroups = (pairs: readonly SentencePair[], where: string): TwinGroups => {
  const texts = new Float64Array(2 * pairs.length);
  for (const [i, pair] of pairs.entries()) {
    texts[2 * i] = maskedKey(checkText(`${where} pairs[${i}].source`, pair?.source));
    texts[2 * i + 1] = maskedKey(checkText(`${where} pairs[${i}].target`, pair?.target));
  }
  const parents = Int32Array.from(pairs, (_, i) => i);
  const rootOf = (pair: number): number => {
    let at = pair;
    while (parents[at] !== at) {
      parents[at] = parents[parents[at]!]!;
      at = parents[at]!;
    }
    return at;
  };
  const firstWith = firstPlaces(texts);
  for (let place = 0; place < texts.length; place++) {
    const [a, b] = [rootOf(firstWith(place) >> 1), rootOf(place >> 1)];
    parents[Math.max(a, b)] = Math.min(a, b);
  }
  const groupOf = new Int32Array(pairs.length);
  const sizes = new Int32Array(pairs.length);
  const keys = new Float64Array(pairs.length);
  let groups = 0;
  // A root is the first of its group, so its number is known before any other member asks for it.
  for (let i = 0; i < pairs.length; i++) {
    const root = rootOf(i);
    const group = root === i ? groups++ : groupOf[root]!;
    const key = Math.min(texts[2 * i]!, texts[2 * i + 1]!);
    keys[group] = sizes[group]! === 0 ? key : Math.min(keys[group]!, key);
    groupOf[i] = group;
    sizes[group]!++;
  }
  return { groupOf, sizes: sizes.slice(0, groups), keys: keys.slice(0, groups) };
};
