import { describe, expect, it } from 'vitest';
import type { Outcome } from './measure';
import { absences, fastest, summarize } from './summary';

const outcome = (name: string, samples: Record<string, number[]>, more: Partial<Outcome> = {}): Outcome => ({
  name,
  samples,
  cpuSamples: samples,
  versions: {},
  refused: {},
  facts: {},
  ...more,
});

const outcomes = [
  outcome('a', { step: [2, 4, 6] }),
  outcome('torch 1', { step: [4, 4] }, { refused: { other: 'no kernel' } }),
  outcome('torch 2', { step: [3] }),
  outcome('wasm', {}, { skipped: 'aborted' }),
];

describe('summarize', () => {
  it('gives medians and speed relative to a base over common rounds', () => {
    const [a, one, two, ...rest] = summarize(outcomes, 'step', 'a');
    expect(a).toEqual({
      name: 'a',
      seconds: 4,
      best: 2,
      cpuSeconds: 4,
      rounds: 3,
      speedup: { median: 1, low: 1, high: 1 },
    });
    expect(one).toMatchObject({ name: 'torch 1', seconds: 4, rounds: 2, speedup: { median: 0.75 } });
    expect(two!.speedup!.median).toBeCloseTo(2 / 3, 12);
    expect(rest).toEqual([]);
  });

  it('leaves the ratio out where the base is missing', () => {
    expect(summarize(outcomes, 'step', 'wasm')[0]).toEqual({
      name: 'a',
      seconds: 4,
      best: 2,
      cpuSeconds: 4,
      rounds: 3,
    });
  });
});

it('fastest picks by median among a family', () => {
  expect(fastest(outcomes, 'step', 'torch')?.name).toBe('torch 2');
  expect(fastest(outcomes, 'step', 'none')).toBeUndefined();
});

it('absences say who is missing where, and why', () => {
  expect(absences(outcomes)).toEqual(['torch 1: other skipped, no kernel', 'wasm: skipped, aborted']);
});
