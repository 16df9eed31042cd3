import type { WatchReport } from '@steadyformer/analysis';
import { format } from '../output/table';

/** `correlation 0.83`, of the worst place; nothing where the signal was not seen. */
const part = (
  name: string,
  values: readonly (number | undefined)[],
  worst: (...values: number[]) => number = Math.max,
): string[] => {
  const seen = values.filter((value) => value !== undefined);
  return seen.length === 0 ? [] : [`${name} ${format(worst(...seen))}`];
};

/** The worst of a look, signal by signal, in a line. */
export const watchText = ({ branches, attentions, matrices, spikeScores }: WatchReport): string =>
  [
    part(
      'branch ratio',
      branches.map(({ ratio }) => ratio),
    ),
    part(
      'token correlation',
      branches.map(({ tokenCorrelation }) => tokenCorrelation),
    ),
    part(
      'attention entropy',
      attentions.map(({ relativeEntropy }) => relativeEntropy),
      Math.min,
    ),
    part(
      'logit',
      attentions.map(({ largestLogit }) => largestLogit),
    ),
    part(
      'stable rank',
      matrices.map(({ stableRank }) => stableRank),
      Math.min,
    ),
    part(
      'kurtosis',
      branches.map(({ kurtosis }) => kurtosis),
    ),
    part(
      'outliers',
      branches.map(({ outlierFeatures }) => outlierFeatures),
    ),
    part('spikes', Object.values(spikeScores)),
  ]
    .flat()
    .join('  ');
