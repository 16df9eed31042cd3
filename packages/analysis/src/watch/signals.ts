import type { WatchReport } from './report';
import type { WatchThresholds } from './thresholds';

/** A report before it is judged. */
export type Seen = Omit<WatchReport, 'warnings'>;

/** A value of a signal and where it was seen. */
export interface Place {
  readonly path: string;
  readonly value: number;
}

/** What one threshold is held against. */
export interface Signal {
  readonly places: (seen: Seen) => readonly Place[];
  /** What is said of the worst place, its value, and how many more there are. */
  readonly say: (path: string, value: string, others: string) => string;
}

const each = <T extends { readonly path: string }>(
  entries: readonly T[],
  read: (entry: T) => number | undefined,
): Place[] =>
  entries.flatMap((entry) => {
    const value = read(entry);
    return value === undefined ? [] : [{ path: entry.path, value }];
  });

const named = (values: Readonly<Record<string, number | undefined>>): Place[] =>
  each(
    Object.entries(values).map(([path, value]) => ({ path, value })),
    ({ value }) => value,
  );

/** The names that prose has for what spikes. */
const SPIKING: Readonly<Record<string, string>> = { loss: 'loss', gradientNorm: 'gradient norm' };

/** Every signal, by the threshold it is held against, in the order in which they are said. */
export const SIGNALS: Readonly<Record<keyof WatchThresholds, Signal>> = {
  updateRatio: {
    places: ({ updates }) => each(updates, ({ ratio }) => ratio),
    say: (path, value, others) =>
      `${path}${others} moved by ${value} of its norm in one step: lower the learning rate or lengthen the warm-up`,
  },
  branchRatio: {
    places: ({ branches }) => each(branches, ({ ratio }) => ratio),
    say: (path, value, others) =>
      `the branch ${path}${others} is ${value} times its shortcut: profile again with admin(), or lower the learning rate`,
  },
  outputChange: {
    places: ({ outputChange }) => named(outputChange),
    say: (path, value) =>
      `one step changes the output of ${path} by an estimated ${value} of its variance: lower the learning rate, or use admin() in a stack this deep`,
  },
  omegaDrift: {
    places: ({ branches }) => each(branches, ({ omegaDrift }) => omegaDrift),
    say: (path, value, others) =>
      `omega of ${path}${others} has shrunk to ${value} of its start, so the stack depends more on this branch: lower the learning rate if the loss is unsteady`,
  },
  gradientSpike: {
    places: ({ gradientSpike }) => named({ '': gradientSpike }),
    say: (_path, value) =>
      `the gradient norm is ${value} times its median: clip gradients, or lower the learning rate`,
  },
  spikeScore: {
    places: ({ spikeScores }) => named({ ...spikeScores }),
    say: (path, value) =>
      `the ${SPIKING[path] ?? path} leaps in ${value} of the steps, beyond 6 deviations of those before: clip gradients, lower the learning rate, or look at the batches of these steps`,
  },
  tokenCorrelation: {
    places: ({ branches }) => each(branches, ({ tokenCorrelation }) => tokenCorrelation),
    say: (path, value, others) =>
      `the tokens that leave ${path}${others} are nearly one, mean cosine ${value}: lower the learning rate, or use admin() or preLN() in a stack this deep`,
  },
  attentionEntropy: {
    places: ({ attentions }) => each(attentions, ({ relativeEntropy }) => relativeEntropy),
    say: (path, value, others) =>
      `the attention of ${path}${others} looks at few keys, its entropy is ${value} of an even one's: lower the learning rate or lengthen the warm-up`,
  },
  attentionLogit: {
    places: ({ attentions }) => each(attentions, ({ largestLogit }) => largestLogit),
    say: (path, value, others) =>
      `the largest attention logit of ${path}${others} is ${value}: lower the learning rate, or decay the weights of queries and keys`,
  },
  stableRankDrift: {
    places: ({ matrices }) => each(matrices, ({ stableRankDrift }) => stableRankDrift),
    say: (path, value, others) =>
      `the stable rank of ${path}${others} has shrunk to ${value} of its start, few directions make its output: lower the learning rate or lengthen the warm-up`,
  },
  kurtosis: {
    places: ({ branches }) => each(branches, ({ kurtosis }) => kurtosis),
    say: (path, value, others) =>
      `single tokens stand out in what leaves ${path}${others}, kurtosis ${value}: look for tokens that the text repeats, or lower the learning rate`,
  },
  outlierFeatures: {
    places: ({ branches }) => each(branches, ({ outlierFeatures }) => outlierFeatures),
    say: (path, value, others) =>
      `single features stand out in what leaves ${path}${others}, kurtosis over features ${value}: lower the learning rate, and mind this where weights are quantised`,
  },
};
