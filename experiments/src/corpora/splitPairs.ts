import { SteadyformerError } from '@steadyformer/core';
import { splitByGroup } from '../../../corpora/scripts/lib/split.mjs';
import { maskEnglish, maskGerman } from '../../../corpora/scripts/lib/text.mjs';
import type { Split } from '../framework/corpora';
import type { Pair } from './pair';

export type Parts = Readonly<Record<Split, readonly Pair[]>>;

/** Most pairs that are held out, and their share of a small corpus, for validation and test each. */
const MOST = 1000;
const SHARE = 0.05;

/**
 * Training, validation and test text, the same at every call: whole groups go to one part, in the order of a digest of
 * their names. A pair is held out only where no pair of another part says the same of other numbers, names or quoted words,
 * on either side; what has such a twin is dropped.
 *
 * @throws SteadyformerError where there are too few
 */
export const splitPairs = (pairs: readonly Pair[]): Parts => {
  const size = Math.min(MOST, Math.floor(pairs.length * SHARE));
  const groups = new Set(pairs.map(({ group }) => group)).size;
  if (size < 1 || groups < 3) {
    throw new SteadyformerError(
      `${pairs.length} clean pairs of ${groups} groups: too few to hold any out. 20 pairs of 3 groups is the least.`,
    );
  }
  const found = splitByGroup(
    pairs.map(({ group, source, target }) => ({ group, en: source, de: target })),
    { size, masks: [({ en }) => maskEnglish(en), ({ de }) => maskGerman(de)] },
  );
  const part = (split: Split): Pair[] =>
    found[split].map(({ group, en, de }) => ({ group, source: en, target: de }));
  const parts = { train: part('train'), valid: part('valid'), test: part('test') };
  for (const [split, own] of Object.entries(parts)) {
    if (own.length > 0) continue;
    throw new SteadyformerError(
      `${split}: of ${pairs.length} clean pairs none is left for it, all have a twin in another part. More text, such as more packages, gives some.`,
    );
  }
  return parts;
};
