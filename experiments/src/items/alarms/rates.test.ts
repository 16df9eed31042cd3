import { expect, it } from 'vitest';
import { withBits } from './faults';
import { bandOf, harmOf } from './outcome';
import type { Point } from './points';
import { harmedOf, ratesOf, sweepOf, warnedAt } from './rates';
import { claimsOf } from './verdict';

const LOOKS = [10, 20, 30, 40];

const runOf = (changes: Partial<Point>): Point => ({
  fault: 'none',
  method: 'postLN',
  seed: 1,
  onset: 1,
  looks: LOOKS,
  heldOut: [5, 4, 3, 2],
  stopped: null,
  signals: { attentionLogit: [1, 2, 3, 4], attentionEntropy: [0.9, 0.8, 0.7, null] },
  ...changes,
});

/** Healthy losses of 2 and 2.2 at the end: mean 2.1, deviation 0.141. */
const healthy = [1, 2].map((seed) => runOf({ seed, heldOut: [5, 4, 3, seed === 1 ? 2 : 2.2] }));
const logits = (values: (number | null)[]): Point['signals'] => ({ attentionLogit: values });

it('ends the band 4 deviations of the healthy above their mean, 0.1 nats at least, by method', () => {
  const band = bandOf([...healthy, runOf({ method: 'admin', heldOut: [9, 9, 9, 9] })], 'postLN');
  for (const [i, expected] of [5.1, 4.1, 3.1, 2.1 + 4 * Math.sqrt(0.02)].entries()) {
    expect(band[i]).toBeCloseTo(expected, 9);
  }
});

it('knows when a run went wrong: two looks in a row, or what is not finite', () => {
  const at = (changes: Partial<Point>): number | null => {
    const run = runOf({ fault: 'rate10', ...changes });
    return harmOf(run, [...healthy, run]);
  };
  expect(at({})).toBeNull();
  expect(at({ heldOut: [5, 4.2, 3, 2] })).toBeNull();
  expect(at({ heldOut: [5, 4.2, 3.2, 2] })).toBe(20);
  expect(at({ heldOut: [5, null, null, 2] })).toBe(20);
  expect(at({ heldOut: [5, 4], looks: [10, 20], stopped: 27 })).toBe(27);
});

it('takes the first look from the onset on that is beyond, on the side that warns', () => {
  const run = runOf({ onset: 15 });
  expect(warnedAt(run, 'attentionLogit', 0.5)).toBe(20);
  expect(warnedAt(run, 'attentionLogit', 3)).toBe(40);
  expect(warnedAt(run, 'attentionLogit', 4)).toBeNull();
  expect(warnedAt(run, 'attentionEntropy', 0.75)).toBe(30);
  expect(warnedAt(run, 'attentionEntropy', 0.5)).toBeNull();
  expect(warnedAt(run, 'kurtosis', 0.5)).toBeNull();
});

const off: Partial<Point> = { fault: 'rate10', heldOut: [5, 4, 4, 4] };
const points = [
  ...healthy,
  // Warned of at 10, at 30 as the loss leaves the band, and never; the last is not harmed.
  runOf({ ...off, signals: logits([9, 9, 9, 9]) }),
  runOf({ ...off, seed: 2, signals: logits([1, 1, 9, 9]) }),
  runOf({ ...off, seed: 4, signals: logits([1, 1, null, 1]) }),
  runOf({ fault: 'epsilon', signals: logits([9, 9, 9, 9]) }),
];

it('counts false alarms, warnings and those in time, and says the median lead', () => {
  expect(harmedOf(points).map(({ run, at }) => [run.seed, at])).toEqual([
    [1, 30],
    [2, 30],
    [4, 30],
  ]);
  const rates = { healthy: 2, harmed: 3, seen: 2, before: 1, lead: 10 };
  expect(ratesOf(points, { attentionLogit: 5 })).toEqual({ ...rates, falseAlarms: 0 });
  expect(ratesOf(points, { attentionLogit: 3.5 })).toEqual({ ...rates, falseAlarms: 2 });
  expect(ratesOf(points, { attentionLogit: 50 })).toMatchObject({ seen: 0, lead: null });
  expect(ratesOf(points, { attentionLogit: 50, attentionEntropy: 0.85 })).toMatchObject({ falseAlarms: 2 });
  const sweep = sweepOf(points, 'attentionLogit');
  const shares = sweep.map(({ falseAlarms }) => falseAlarms);
  expect(shares).toEqual([...shares].sort((a, b) => b - a));
});

it('judges networks of even seeds alone', () => {
  const [alarms, before, leads] = claimsOf(points);
  expect(alarms!.found).toBe('0 (1 run)');
  expect(before!.found).toMatch(/2 runs/);
  expect(leads!.word).toBe('cannot tell');
  expect(claimsOf(healthy)[1]!.found).toBe('no such network');
});

it('rounds weights to so many bits, ties to even', () => {
  const rounded = withBits(Float32Array.of(1 + 2 ** -8, 1 + 3 * 2 ** -8, -3.3, 0, 1e-30), 8);
  expect([...rounded.subarray(0, 4)]).toEqual([1, 1 + 2 ** -6, -3.296875, 0]);
  expect(Math.abs(rounded[4]! / 1e-30 - 1)).toBeLessThan(2 ** -8);
  expect([...withBits(Float32Array.of(1.07, 1.2, 100), 4)]).toEqual([1.125, 1.25, 96]);
});
