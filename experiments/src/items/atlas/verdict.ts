import type { Claim } from '../../framework/item';
import { factsOf } from './facts';
import { shownGrowth } from './growth';
import type { Point } from './points';

export const claimsOf = async (points: readonly Point[]): Promise<Claim[]> => {
  const rows = await factsOf(points);
  return rows.map(
    ({ method, random, predicted, aligned, laziness, word, worst, before, after, learned }) => ({
      claim: method,
      word: 'cannot tell',
      found: JSON.stringify({
        random: random && shownGrowth(random),
        n: random?.notation,
        predicted: predicted && shownGrowth(predicted),
        worst,
        aligned: aligned && shownGrowth(aligned),
        an: aligned?.notation,
        D: [aligned?.means[0], aligned?.means[3]],
        lazy: laziness,
        word,
        before: before && [shownGrowth(before.random), shownGrowth(before.aligned)],
        after: after && [shownGrowth(after.random), shownGrowth(after.aligned)],
        learned: learned
          .map(({ layers, rate, failed, of, nll }) => `${layers}@${rate} ${failed}/${of} ${nll?.toFixed(2)}`)
          .join(' '),
      }),
    }),
  );
};
