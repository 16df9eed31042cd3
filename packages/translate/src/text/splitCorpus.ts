import {
  checkList,
  fields,
  finite,
  parseAs,
  randomStream,
  SteadyformerError,
  show,
} from '@steadyformer/core';
import * as v from 'valibot';
import type { SchemasOf } from '../checks/schemas';
import { chooseGroups } from './chooseGroups';
import type { SentencePair } from './sentencePair';
import { type HeldOut, heldOutCounts, heldOutFields } from './splitOptions';
import { twinGroups } from './twinGroups';

/** Options of `splitCorpus`. */
export interface SplitCorpusOptions extends HeldOut {
  /** Seed of the choice. Default 1. */
  readonly seed?: number;
}

/** What the groups of twins did to a split. */
export interface SplitReport {
  /** Groups of pairs that share a masked text. */
  readonly groups: number;
  /** Pairs of the largest group. */
  readonly largestGroup: number;
  /** Pairs that share a masked text with another pair. */
  readonly linked: number;
  /** Pairs that are held out because a twin of theirs was chosen. No pair is dropped. */
  readonly moved: number;
}

/** The parts that `splitCorpus` makes, and a report of them. */
export interface SplitCorpus<Pair extends SentencePair = SentencePair> {
  readonly train: readonly Pair[];
  readonly valid: readonly Pair[];
  readonly test: readonly Pair[];
  readonly report: SplitReport;
}

type Part = 'train' | 'valid' | 'test';

/**
 * Splits a corpus so that nothing held out has been trained on: no text of `test` occurs in `valid` or `train`, and none
 * of `valid` in `train`, on either side, be it with other numbers, case or white space. Pairs that share a text in
 * that sense (directly or through others) go to one part together; so parts are as near to the sizes asked for as such
 * groups allow, `test` first. Small groups are held out before large ones. Parts keep the order of the corpus.
 *
 * Which groups are held out depends on the seed and their texts, not on the order of the pairs, and changes little when
 * pairs are added.
 *
 * @throws SteadyformerError on an unknown option, what is no pair, too few pairs, or where a group is too large to hold
 *   anything out
 */
export const splitCorpus = <Pair extends SentencePair>(
  pairs: readonly Pair[],
  options: SplitCorpusOptions,
): SplitCorpus<Pair> => {
  const schema = fields({
    ...heldOutFields(),
    seed: v.optional(finite(), 1),
  } satisfies SchemasOf<SplitCorpusOptions>);
  const { seed, ...asked } = parseAs(schema, options, 'splitCorpus()');
  checkList('splitCorpus() pairs', pairs, 'a list of { source, target }');
  const counts = heldOutCounts(asked, pairs.length, 'splitCorpus()', 'pairs');
  const { groupOf, sizes, keys } = twinGroups(pairs, 'splitCorpus()');
  const random = randomStream(seed).fork('split');
  const ranks = keys.map((key) => {
    const stream = random.fork(key);
    return (stream.bits(0) >>> 0) * 2 ** 21 + (stream.bits(1) >>> 11);
  });
  let order = Uint32Array.from(keys.keys()).sort((a, b) => ranks[a]! - ranks[b]!);
  const partOf: Part[] = Array.from(keys, () => 'train');
  let [left, moved] = [pairs.length, 0];
  for (const part of ['test', 'valid'] as const) {
    if (counts[part] === 0) continue;
    const chosen = chooseGroups(order, sizes, counts[part], left - 1);
    if (chosen.length === 0) {
      const largest = sizes.reduce((most, size, group) => (size > sizes[most]! ? group : most), 0);
      const example = pairs[groupOf.indexOf(largest)]!.source;
      throw new SteadyformerError(
        `splitCorpus(): no ${part} set of ${counts[part]} can be held out of ${left} pairs: pairs that share a text ` +
          `(numbers, case and white space aside) stay together, and ${sizes[largest]} do, such as ${show(example)}. ` +
          'Remove repetitions, or ask for another number.',
      );
    }
    for (const group of chosen) {
      partOf[group] = part;
      left -= sizes[group]!;
      moved += sizes[group]! - 1;
    }
    order = order.filter((group) => partOf[group] === 'train');
  }
  const pairsOf = (part: Part): Pair[] => pairs.filter((_, i) => partOf[groupOf[i]!] === part);
  return {
    train: pairsOf('train'),
    valid: pairsOf('valid'),
    test: pairsOf('test'),
    report: {
      groups: sizes.length,
      largestGroup: sizes.reduce((most, size) => Math.max(most, size), 0),
      linked: sizes.reduce((sum, size) => sum + (size > 1 ? size : 0), 0),
      moved,
    },
  };
};
