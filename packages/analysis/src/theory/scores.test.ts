import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { largestScore } from './largestScore';
import { softmaxMoments } from './softmax';

interface Field {
  readonly heads: number;
  readonly sentences: number;
  readonly tokens: number;
  readonly headWidth: number;
  readonly correlation: number;
  readonly between: number;
  readonly normed: boolean;
  readonly causal: boolean;
  readonly largest: number;
}

// Written by fixtures/make_scores.py: numpy.
const { entropies, maxima } = JSON.parse(
  readFileSync(new URL('./fixtures/scores.json', import.meta.url)).toString(),
) as {
  readonly entropies: readonly {
    readonly keys: number;
    readonly variance: number;
    readonly entropy: number;
  }[];
  readonly maxima: readonly Field[];
};

it.each(entropies)('the entropy of $keys keys at variance $variance is that of samples', (each) => {
  const { entropy } = softmaxMoments(each.keys, each.variance);
  expect(Math.abs(entropy - each.entropy), `${entropy} for ${each.entropy}`).toBeLessThan(0.015);
});

it.each(maxima)(
  'the largest score of $heads heads of $headWidth at $correlation is that of samples (normed: $normed, causal: $causal)',
  ({ tokens, correlation, between, causal, ...field }) => {
    const found = largestScore(
      {
        ...field,
        queries: tokens,
        keys: causal ? (tokens + 1) / 2 : tokens,
        queryCorrelation: correlation,
        keyCorrelation: correlation,
        shared: between ** 2,
      },
      (score) => score,
    );
    expect(Math.abs(found / field.largest - 1), `${found} for ${field.largest}`).toBeLessThan(0.05);
  },
);
