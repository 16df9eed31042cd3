import { expect, it } from 'vitest';
import { ARCHITECTURES, type Architecture } from './architectures';
import type { Point } from './points';
import { claimsOf } from './verdict';

const networks = (
  of: (architecture: Architecture) => { readonly ratio: number; readonly nll: number },
): Point[] =>
  ARCHITECTURES.flatMap((architecture) =>
    [1, 2, 3].map((seed) => ({
      architecture,
      seed,
      encoderRatio: 1,
      decoderRatio: of(architecture).ratio * (1 + seed / 1000),
      curve: [{ update: 9, nll: of(architecture).nll }],
      diverged: false,
      unigram: 4,
    })),
  );
const words = (points: readonly Point[]) => claimsOf(points).map(({ word }) => word);

it('agrees where outcome and gradients are those of the table', () => {
  const paper = networks((architecture) => ({
    ratio: architecture.endsWith('post') ? 0.05 : 2,
    nll: architecture.startsWith('post') ? 4 : 2,
  }));
  expect(words(paper)).toEqual(Array.from({ length: 8 }, () => 'agrees'));
});

it('is refuted claim by claim where all is the other way round', () => {
  const reversed = networks((architecture) => ({
    ratio: architecture.endsWith('post') ? 2 : 0.05,
    nll: architecture.startsWith('post') ? 2 : 4,
  }));
  expect(words(reversed)).toEqual(Array.from({ length: 8 }, () => 'disagrees'));
});
