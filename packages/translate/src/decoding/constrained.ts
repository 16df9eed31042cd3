import { SteadyformerError } from '@steadyformer/core';
import type { PhraseTracker, Progress } from './phrases';
import type { StepScores } from './stepScores';
import type { Candidate, CandidateRow } from './topCandidates';

interface Placed extends Candidate {
  /** Where it stands among phrases: 0 where all are said, else by how many are not, those that began one before others. */
  readonly bank: number;
  /** Whether what is left to say fits, whatever comes. */
  readonly fits: boolean;
}

/** Best first; of equal ones the earlier hypothesis and token, as all searches have it. */
const better = (a: Candidate, b: Candidate): number =>
  b.sum - a.sum || a.hypothesis - b.hypothesis || a.token - b.token;

/** One of each bank in turn, the bank with most said first. */
const inTurn = (candidates: readonly Placed[]): Placed[] => {
  const banks = new Map<number, Placed[]>();
  for (const one of candidates) banks.set(one.bank, [...(banks.get(one.bank) ?? []), one]);
  const placed = [...banks.values()].flatMap((bank) =>
    bank.sort(better).map((one, place) => ({ one, place })),
  );
  return placed
    .sort((a, b) => a.place - b.place || a.one.bank - b.one.bank || better(a.one, b.one))
    .map(({ one }) => one);
};

/** The hypotheses of a sentence, and what their next tokens are chosen by. */
export interface ConstrainedStep {
  readonly scores: StepScores;
  readonly rows: readonly CandidateRow[];
  /** Tokens of each hypothesis. */
  readonly said: readonly (readonly number[])[];
  /** Tokens that a hypothesis may have. */
  readonly limit: number;
  readonly eos: number;
  readonly forbidden: readonly number[];
  readonly beamSize: number;
}

/**
 * What may follow hypotheses that have to contain phrases: dynamic beam allocation (Post & Vilar 2018; Hu et al. 2019). The
 * likeliest tokens of all, the likeliest of each, and those that bring a phrase further, share the beam evenly among hypotheses
 * that have said as much of their phrases. They end once all is said. Those whose phrases no longer fit are left out.
 */
export const constrainedCandidates = (
  { next, unsaid, begun, needed, advances, start }: PhraseTracker,
  { scores, rows, said, limit, eos, forbidden, beamSize }: ConstrainedStep,
): Candidate[] => {
  const progress = said.map((ids) => ids.reduce(next, start));
  const noEnd = [...forbidden, eos];
  const each = rows.map((row, hypothesis) => {
    const barred = unsaid(progress[hypothesis]!) === 0 ? forbidden : noEnd;
    return scores.best([row], 2 * beamSize, barred).map((one) => ({ ...one, hypothesis }));
  });
  const pushed = rows.flatMap(({ row, sum: before, lowered }, hypothesis) =>
    advances(progress[hypothesis]!)
      .filter((token) => !forbidden.includes(token))
      .map((token): Candidate => {
        const value = scores.of(row, token);
        const sum = before + (lowered?.tokens.has(token) ? lowered.value(token, value) : value);
        return { hypothesis, token, sum };
      })
      .filter(({ sum }) => sum > Number.NEGATIVE_INFINITY),
  );
  const likeliest = each
    .flat()
    .sort(better)
    .slice(0, 2 * beamSize);
  const union = new Map<string, Placed>();
  const length = said[0]!.length;
  const place = (candidate: Candidate, after: Progress): Placed | undefined => {
    const left = unsaid(after);
    const room = limit - (length + 1);
    const { least, enough } = needed(after);
    if (least > room) return undefined;
    return { ...candidate, bank: 2 * left - (begun(after) > 0 ? 1 : 0), fits: enough <= room };
  };
  for (const one of [...likeliest, ...each.flatMap((all) => all.slice(0, 1)), ...pushed]) {
    const { hypothesis, token } = one;
    const key = `${hypothesis} ${token}`;
    if (union.has(key)) continue;
    const placed =
      token === eos ? { ...one, bank: 0, fits: false } : place(one, next(progress[hypothesis]!, token));
    if (placed) union.set(key, placed);
  }
  const ordered = inTurn([...union.values()]);
  const kept = ordered.filter(({ token }) => token !== eos).slice(0, beamSize);
  // Phrases that could share tokens may never do: one that needs no such luck stays.
  const sure = kept.some(({ fits }) => fits) ? undefined : ordered.find(({ fits }) => fits);
  return [...(sure ? [sure] : []), ...ordered.filter((one) => one !== sure)].slice(0, 2 * beamSize);
};

/** Why a search has come to nothing. `limit` is that of a sentence with phrases. */
export const nothingFollows = (where: string, limit: number | undefined): SteadyformerError =>
  new SteadyformerError(
    limit === undefined
      ? `${where}: every token that is allowed has probability 0.`
      : `${where}: nothing that may follow leads to a translation with all constraints in ${limit} tokens. ` +
          'Allow a longer one (maxLength), a larger beamSize, or fewer constraints.',
  );
