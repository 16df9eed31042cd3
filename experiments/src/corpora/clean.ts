import { normalise, words } from '../../../corpora/scripts/lib/text.mjs';
import type { Pair } from './pair';

const MOST_WORDS = 100;
const MOST_RATIO = 3;

const numbers = (text: string): string => (text.match(/\p{N}+/gu) ?? []).sort().join(' ');

const isClean = ({ source, target }: Pair): boolean => {
  const [from, to] = [source.split(' ').length, target.split(' ').length];
  return (
    words(source).length > 0 &&
    words(target).length > 0 &&
    Math.max(from, to) <= MOST_WORDS &&
    Math.max(from / to, to / from) <= MOST_RATIO &&
    source.toLowerCase() !== target.toLowerCase() &&
    numbers(source) === numbers(target)
  );
};

/**
 * Pairs in NFC on one line each, without those that no model should learn from: equal on both sides, without words, of more
 * than 100 words or three times as long as the other, with other numbers. Each source stays once, with its first translation.
 */
export const cleaned = (pairs: Iterable<Pair>): Pair[] => {
  const kept = new Map<string, Pair>();
  for (const { group, source, target } of pairs) {
    const pair = { group, source: normalise(source), target: normalise(target) };
    const key = pair.source.toLowerCase();
    if (!kept.has(key) && isClean(pair)) kept.set(key, pair);
  }
  return [...kept.values()];
};
