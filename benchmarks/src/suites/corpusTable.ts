import type { CorpusRound } from '../children/corpusTask';
import type { Outcome } from '../harness/measure';
import { absences } from '../harness/summary';
import { median, pairedSpeedup } from '../statistics';
import { megabytes, type Table, withSpread } from '../table';

export const ROUND = 'round';
/** Ours as it is without any choice of a user's. */
export const OURS = 'ours (auto)';
/** Marks who makes batches of its own. */
export const GROUPED = 'grouped by length';

/** A competitor's counted rounds, without the warm-up: seconds of each, and what was done in it. */
export const roundsOf = ({ samples, facts }: Outcome): { seconds: number; round: CorpusRound }[] => {
  const seconds = samples[ROUND] ?? [];
  const rounds = (facts.rounds ?? []) as CorpusRound[];
  return rounds.slice(-seconds.length || rounds.length).map((round, i) => ({ seconds: seconds[i]!, round }));
};

const rates = (outcome: Outcome, of: (round: CorpusRound) => number): number[] =>
  roundsOf(outcome).map(({ seconds, round }) => of(round) / seconds);

/** Seconds a target token, by round: what is compared, as not all have the same batches. */
const tokenTimes = (outcome: Outcome): number[] =>
  roundsOf(outcome).map(({ seconds, round }) => seconds / round.tokens);

/** Whether somebody who was to see the same batches saw others. */
const strangers = (outcomes: readonly Outcome[], base: Outcome): string[] =>
  outcomes
    .filter(({ name }) => !name.includes(GROUPED))
    .filter((outcome) =>
      roundsOf(outcome).some(({ round }, i) => {
        const own = roundsOf(base)[i]?.round;
        return own !== undefined && (own.tokens !== round.tokens || own.positions !== round.positions);
      }),
    )
    .map(({ name }) => `**${name} saw other tokens than ${base.name}: its ratio compares other work**`);

/** Tokens a second of everybody, with what they compute and what they need. */
export const corpusTable = (title: string, outcomes: readonly Outcome[]): Table => {
  const able = outcomes.filter((outcome) => roundsOf(outcome).length > 0);
  const base = able.find(({ name }) => name === OURS);
  const rows = able.map((outcome) => {
    const { name, cpuSamples, facts, peakBytes } = outcome;
    const rounds = roundsOf(outcome);
    const speedup = base && pairedSpeedup(tokenTimes(outcome), tokenTimes(base));
    const cpu = (cpuSamples[ROUND] ?? []).map((seconds, i) => (1e3 * seconds) / rounds[i]!.round.updates);
    const { importBytes } = facts;
    return [
      name,
      median(rates(outcome, ({ tokens }) => tokens)).toFixed(0),
      median(rates(outcome, ({ positions }) => positions)).toFixed(0),
      speedup ? withSpread(speedup) : '',
      median(rounds.map(({ seconds, round }) => (1e3 * seconds) / round.updates)).toFixed(0),
      median(cpu).toFixed(0),
      peakBytes === undefined ? '' : megabytes(peakBytes),
      typeof importBytes === 'number' ? megabytes(importBytes) : '',
      String(facts.parameters ?? ''),
      rounds.at(-1)!.round.loss.toFixed(3),
      String(rounds.length),
    ];
  });
  return {
    title,
    columns: [
      'competitor',
      'target tokens/s',
      'with pads',
      `speed x ${base?.name ?? OURS} (16-84 %)`,
      'ms/update',
      'CPU ms',
      'peak RSS',
      'of it imports',
      'parameters',
      'loss, last',
      'rounds',
    ],
    rows,
    notes: [
      ...(base ? [...able.filter((other) => other !== base).flatMap((other) => verdict(base, other))] : []),
      ...(base ? strangers(able, base) : []),
      ...able.flatMap(({ name, facts }) =>
        typeof facts.replicas === 'number' ? [`${name}: replicas ${facts.replicas}`] : [],
      ),
      ...absences(outcomes),
    ],
  };
};

const verdict = (ours: Outcome, other: Outcome): string[] => {
  const speedup = pairedSpeedup(tokenTimes(ours), tokenTimes(other));
  if (!speedup) return [];
  const memory =
    ours.peakBytes && other.peakBytes
      ? `, at ${(ours.peakBytes / other.peakBytes).toFixed(2)} of its peak RSS, imports included`
      : '';
  return [`${ours.name} has ${withSpread(speedup)} x the target tokens/s of ${other.name}${memory}`];
};
