import type { WatchReport } from '@steadyformer/analysis';
import { expect, it } from 'vitest';
import { watchScalars } from './watchScalars';

it('gives every number of a report a tag of its own, and leaves out what was not seen', () => {
  const report: WatchReport = {
    step: 50,
    branches: [
      {
        ...{ path: 'encoder.layers.0.feedForward', ratio: 1, beta: 2, omega: 3, omegaDrift: 4 },
        ...{ tokenCorrelation: 5, kurtosis: 6, outlierFeatures: 7 },
      },
    ],
    attentions: [
      { path: 'a', entropy: 8, relativeEntropy: 9, largestLogit: 10 },
      { path: 'b', entropy: 11, largestLogit: 12 },
    ],
    matrices: [{ path: 'm', stableRank: 13, stableRankDrift: 14 }],
    updates: [{ path: 'm', ratio: 15 }],
    gradientNorm: 16,
    gradientSpike: 17,
    outputChange: { encoder: 18 },
    spikeScores: { loss: 19 },
    warnings: [],
  };
  expect(watchScalars(report)).toEqual({
    'watch/branchRatio/encoder.layers.0.feedForward': 1,
    'watch/omegaDrift/encoder.layers.0.feedForward': 4,
    'watch/tokenCorrelation/encoder.layers.0.feedForward': 5,
    'watch/kurtosis/encoder.layers.0.feedForward': 6,
    'watch/outlierFeatures/encoder.layers.0.feedForward': 7,
    'watch/attentionEntropy/a': 8,
    'watch/relativeAttentionEntropy/a': 9,
    'watch/attentionLogit/a': 10,
    'watch/attentionEntropy/b': 11,
    'watch/attentionLogit/b': 12,
    'watch/stableRank/m': 13,
    'watch/updateRatio/m': 15,
    'watch/gradientSpike': 17,
    'watch/outputChange/encoder': 18,
    'watch/spikeScore/loss': 19,
  });
});
