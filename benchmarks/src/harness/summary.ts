import { median, pairedSpeedup, type Spread } from '../statistics';
import type { Outcome } from './measure';

/** One competitor in one case. */
export interface Summary {
  readonly name: string;
  /** The median round. */
  readonly seconds: number;
  /** The fastest round: what the machine can do when it is left alone for that long. */
  readonly best: number;
  /** Median processor time, all threads together. */
  readonly cpuSeconds: number;
  readonly rounds: number;
  /** Times faster than the base, over rounds both took part in. Absent where there is no base. */
  readonly speedup?: Spread;
}

/** Competitors that have samples of a case, in order, with their speed relative to `base`. */
export const summarize = (outcomes: readonly Outcome[], name: string, base: string): Summary[] => {
  const reference = outcomes.find((outcome) => outcome.name === base)?.samples[name] ?? [];
  return outcomes.flatMap((outcome) => {
    const samples = outcome.samples[name];
    if (samples === undefined) return [];
    const speedup = pairedSpeedup(samples, reference);
    return [
      {
        name: outcome.name,
        seconds: median(samples),
        best: Math.min(...samples),
        cpuSeconds: median(outcome.cpuSamples[name] ?? samples),
        rounds: samples.length,
        ...(speedup ? { speedup } : {}),
      },
    ];
  });
};

/** The fastest of the competitors whose name begins so, or undefined. */
export const fastest = (outcomes: readonly Outcome[], name: string, prefix: string): Outcome | undefined =>
  outcomes
    .filter((outcome) => outcome.name.startsWith(prefix) && outcome.samples[name] !== undefined)
    .sort((a, b) => median(a.samples[name]!) - median(b.samples[name]!))[0];

/** Why competitors or cases are missing, one line each. */
export const absences = (outcomes: readonly Outcome[]): string[] =>
  outcomes.flatMap(({ name, skipped, refused }) => [
    ...(skipped === undefined ? [] : [`${name}: skipped, ${skipped}`]),
    ...Object.entries(refused).map(([of, reason]) => `${name}: ${of} skipped, ${reason}`),
  ]);
