import type { WatchReport } from '@steadyformer/analysis';

/** Numbers of one signal by where they were seen; what has none is left out. */
const each = <T extends { readonly path: string }>(
  tag: string,
  entries: readonly T[],
  read: (entry: T) => number | undefined,
): (readonly [string, number])[] =>
  entries.flatMap((entry) => {
    const value = read(entry);
    return value === undefined ? [] : [[`watch/${tag}/${entry.path}`, value] as const];
  });

/** The numbers of a report by TensorBoard's tags. */
export const watchScalars = (report: WatchReport): Readonly<Record<string, number>> => {
  const { branches, attentions, matrices, updates, outputChange, spikeScores, gradientSpike } = report;
  return Object.fromEntries([
    ...each('branchRatio', branches, ({ ratio }) => ratio),
    ...each('tokenCorrelation', branches, ({ tokenCorrelation }) => tokenCorrelation),
    ...each('kurtosis', branches, ({ kurtosis }) => kurtosis),
    ...each('outlierFeatures', branches, ({ outlierFeatures }) => outlierFeatures),
    ...each('omegaDrift', branches, ({ omegaDrift }) => omegaDrift),
    ...each('attentionEntropy', attentions, ({ entropy }) => entropy),
    ...each('relativeAttentionEntropy', attentions, ({ relativeEntropy }) => relativeEntropy),
    ...each('attentionLogit', attentions, ({ largestLogit }) => largestLogit),
    ...each('stableRank', matrices, ({ stableRank }) => stableRank),
    ...each('updateRatio', updates, ({ ratio }) => ratio),
    ...Object.entries(outputChange).map(([stack, value]) => [`watch/outputChange/${stack}`, value] as const),
    ...Object.entries(spikeScores).map(([name, value]) => [`watch/spikeScore/${name}`, value] as const),
    ...(gradientSpike === undefined ? [] : [['watch/gradientSpike', gradientSpike] as const]),
  ]);
};
