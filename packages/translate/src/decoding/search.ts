import { check, SteadyformerError } from '@steadyformer/core';
import { turnTaker } from '../checks/turns';
import { nothingFollows } from './constrained';
import { type Hypothesis, hypothesisOf, type LengthNorm, type Said, scoreOf } from './hypothesis';
import { alsoDiverse, loweredAfter } from './penalties';
import type { SearchSettings } from './searchOptions';
import type { StepDecoder } from './stepDecoder';
import { type StepScores, topScores, wholeScores } from './stepScores';
import type { Candidate, CandidateRow, Lowered } from './topCandidates';

/** How tokens are chosen. */
export interface Choice {
  /** Hypotheses kept a group. */
  readonly beamSize: number;
  /** Groups of hypotheses that avoid each other's tokens. Default 1. */
  readonly groups?: number;
  /** What a token loses for every time that a group before took it. */
  readonly diversity?: number;
  /** Tokens of a row that `propose` looks at, those left out that may not be said; undefined: all. */
  readonly looksAt: number | undefined;
  /** Which tokens may follow the hypotheses of a group, best first. */
  readonly propose: (
    scores: StepScores,
    rows: readonly CandidateRow[],
    /** The sentence's place in the decoder's first rows, how many tokens each hypothesis has, and which. */
    at: { readonly sentence: number; readonly length: number; readonly live: readonly Said[] },
  ) => readonly Candidate[];
}

/** Hypotheses of a sentence that compete with each other. */
interface Group {
  live: readonly Said[];
  cutOff: readonly Said[];
  finished: Hypothesis[];
}

interface Sentence {
  readonly index: number;
  readonly limit: number;
  readonly prefix: readonly number[];
  readonly groups: readonly Group[];
}

const livesOn = ({ groups }: Sentence): boolean => groups.some(({ live }) => live.length > 0);

/**
 * The one search, in fairseq's form: ends among the first `beamSize` candidates of a sentence are finished, the first
 * `beamSize` others live on; a sentence is done with `beamSize` finished ones (or, where stopping is 'attainable', when no
 * other can be better than those), or at its longest length. Greedy search is that with one hypothesis, sampling with one
 * that is drawn, diverse beam search with several groups (Vijayakumar et al. 2016). No sentence knows of another. Returns
 * hypotheses best first for every row the decoder starts with. Disposes the decoder, whatever happens.
 *
 * @throws SteadyformerError where log-probabilities are NaN or too few or many, and where nothing can follow; the reason of
 *   the signal where that is aborted.
 */
export const search = async (
  decoder: StepDecoder,
  choice: Choice,
  settings: SearchSettings,
): Promise<Hypothesis[][]> => {
  const { start, limits, prefixes, nameOf, onStep, onPartial, signal, norm, tokenScores } = settings;
  const { groups = 1 } = choice;
  try {
    const first = () => ({ ids: [], sum: 0, logProbability: 0, ...(tokenScores ? { scores: [] } : {}) });
    const sentences = limits.map(
      (limit, index): Sentence => ({
        index,
        limit,
        prefix: prefixes[index] ?? [],
        // One hypothesis for all groups, until the tokens that are given are said.
        groups: Array.from({ length: groups }, (_, i) => ({
          ...{ live: i === 0 ? [first()] : [], cutOff: [], finished: [] },
        })),
      }),
    );
    const othersTurn = turnTaker();
    let active = sentences;
    let last = new Int32Array(active.length).fill(start);
    for (let length = 0; active.length > 0; length++) {
      signal?.throwIfAborted();
      const turn = turnOf(active, length, choice, settings);
      const scores = await scoresOf(decoder, last, turn.looksAt);
      const kept: number[] = [];
      let row = 0;
      for (const sentence of active) {
        const where = `${nameOf(sentence.index)}, token ${length + 1}`;
        row = advance(sentence, { scores, row, length, where, choice, settings, turn, kept });
        const [{ finished, live, cutOff }] = sentence.groups as readonly [Group];
        onPartial?.(sentence.index, (finished[0] ?? live[0] ?? cutOff[0]!).ids);
      }
      active = active.filter(livesOn);
      onStep(sentences.length - active.length, length + 1);
      const same = kept.length === last.length && kept.every((from, i) => from === i);
      if (active.length > 0 && !same) decoder.select(kept);
      last = Int32Array.from(
        active.flatMap((one) => one.groups.flatMap(({ live }) => live.map(({ ids }) => ids.at(-1)!))),
      );
      await othersTurn();
    }
    return sentences.map((sentence) =>
      sentence.groups.flatMap((group) => hypothesesOf(group, norm)).sort((a, b) => b.score - a.score),
    );
  } finally {
    decoder.dispose();
  }
};

/** What a group has come to: what is finished, or where nothing is, what was cut off. */
const hypothesesOf = ({ finished, cutOff }: Group, norm: LengthNorm): readonly Hypothesis[] =>
  finished.length > 0 ? finished : cutOff.map((one) => hypothesisOf(one, norm, { ended: false }));

/** One step of all sentences. */
interface Turn {
  /** What counts as less likely after a hypothesis. */
  readonly lowered: ReadonlyMap<Said, Lowered>;
  /** Most tokens of a row that are looked at; undefined: all. */
  readonly looksAt: number | undefined;
}

const turnOf = (
  active: readonly Sentence[],
  length: number,
  { looksAt, groups = 1, beamSize }: Choice,
  settings: SearchSettings,
): Turn => {
  const lowered = new Map<Said, Lowered>();
  let most = groups > 1 ? groups * beamSize : 0;
  for (const { index, groups: own } of active) {
    for (const said of own.flatMap(({ live }) => live)) {
      const found = loweredAfter(said.ids, settings, settings.bannedAfter?.(index, said.ids));
      if (found) lowered.set(said, found);
    }
  }
  most += Math.max(0, ...Array.from(lowered.values(), ({ tokens }) => tokens.size));
  const whole =
    looksAt === undefined ||
    settings.phrases !== undefined ||
    settings.bannedAfter !== undefined ||
    active.some(({ prefix }) => length < prefix.length);
  return { lowered, looksAt: whole ? undefined : looksAt + settings.forbidden.length + most };
};

const scoresOf = async (
  decoder: StepDecoder,
  last: Int32Array,
  looksAt: number | undefined,
): Promise<StepScores> => {
  const { vocabulary } = decoder;
  const count = looksAt === undefined ? vocabulary : Math.min(looksAt, vocabulary);
  const found = count < vocabulary ? await decoder.top?.(last, count) : undefined;
  if (found) {
    checkSize(found.logProbabilities, last.length, found.count, 'top');
    checkSize(found.tokens, last.length, found.count, 'top');
    return topScores(found);
  }
  const all = await decoder.step(last);
  checkSize(all, last.length, vocabulary, 'step');
  return wholeScores(all, vocabulary);
};

interface Step {
  readonly scores: StepScores;
  /** The sentence's first row. */
  readonly row: number;
  /** Tokens that hypotheses have. */
  readonly length: number;
  readonly where: string;
  readonly choice: Choice;
  readonly settings: SearchSettings;
  readonly turn: Turn;
  /** Takes the rows that the hypotheses which live on go on from. */
  readonly kept: number[];
}

/** One token further. Returns the first row of the next sentence. */
const advance = (sentence: Sentence, step: Step): number => {
  const { scores, length, where, choice, turn, kept } = step;
  const { groups, index, prefix } = sentence;
  const forced = prefix[length];
  const common = length <= prefix.length ? groups[0]!.live : undefined;
  const taken = new Map<number, number>();
  let row = step.row;
  for (const group of forced === undefined ? groups : groups.slice(0, 1)) {
    const live = common ?? group.live;
    if (live.length === 0) continue;
    const rows = live.map((said, i): CandidateRow => {
      const lowered = alsoDiverse(turn.lowered.get(said), taken, choice.diversity ?? 0);
      return { row: row + i, sum: said.sum, ...(lowered ? { lowered } : {}) };
    });
    if (!common) row += live.length;
    for (const one of rows) checkRow(scores, one.row, where);
    const candidates =
      forced === undefined
        ? choice.propose(scores, rows, { sentence: index, length, live })
        : given(scores, rows, forced);
    const parents = grow(sentence, group, live, rows, candidates, step);
    if (group.finished.length + group.live.length + group.cutOff.length === 0) {
      throw nothingFollows(where, step.settings.phrases?.[index] && sentence.limit);
    }
    for (const parent of parents) kept.push(rows[parent]!.row);
    for (const { ids } of group.live) taken.set(ids.at(-1)!, (taken.get(ids.at(-1)!) ?? 0) + 1);
  }
  return common ? row + common.length : row;
};

/** The token that is given, as the one candidate. */
const given = (scores: StepScores, rows: readonly CandidateRow[], token: number): Candidate[] => {
  const sum = rows[0]!.sum + scores.of(rows[0]!.row, token);
  return sum > Number.NEGATIVE_INFINITY ? [{ hypothesis: 0, token, sum }] : [];
};

/** A hypothesis and its next token, the end too. */
const said = (
  before: Said,
  { row }: CandidateRow,
  { token }: Candidate,
  { scores, turn, settings }: Step,
): Said => {
  const value = scores.of(row, token);
  const lowered = turn.lowered.get(before);
  return {
    ids: token === settings.eos ? before.ids : [...before.ids, token],
    sum: before.sum + (lowered?.tokens.has(token) ? lowered.value(token, value) : value),
    logProbability: before.logProbability + value,
    ...(before.scores ? { scores: [...before.scores, value] } : {}),
  };
};

/** The candidates become hypotheses of the group. Returns which of those before the live ones go on from. */
const grow = (
  { limit }: Sentence,
  group: Group,
  live: readonly Said[],
  rows: readonly CandidateRow[],
  candidates: readonly Candidate[],
  step: Step,
): number[] => {
  const { length, choice, settings } = step;
  const { beamSize } = choice;
  const { eos, stop, norm, stopping } = settings;
  const attainable = stopping === 'attainable';
  const finish = (one: Said, ended: boolean): void => {
    const { finished } = group;
    if (finished.length >= beamSize && !attainable) return;
    finished.push(hypothesisOf(one, norm, { ended, finished: true }));
    if (attainable) group.finished = finished.sort((a, b) => b.score - a.score).slice(0, beamSize);
  };
  const next = (candidate: Candidate): Said =>
    said(live[candidate.hypothesis]!, rows[candidate.hypothesis]!, candidate, step);
  for (const candidate of candidates.slice(0, beamSize)) {
    if (candidate.token === eos) finish(next(candidate), true);
  }
  const enough = (): boolean => !attainable && group.finished.length >= beamSize;
  const parents: number[] = [];
  const alive: Said[] = [];
  for (const candidate of candidates) {
    if (candidate.token === eos || enough() || parents.length >= beamSize) continue;
    const one = next(candidate);
    if (stop(one.ids)) finish(one, false);
    else {
      parents.push(candidate.hypothesis);
      alive.push(one);
    }
  }
  const worst = group.finished.length >= beamSize ? group.finished.at(-1)!.score : Number.NEGATIVE_INFINITY;
  // Sums only fall: what a hypothesis can come to at best is its sum over the shortest or the longest length.
  const reach = ({ sum }: Said): number =>
    Math.max(scoreOf(sum, length + 2, norm), scoreOf(sum, Math.max(limit, length + 2), norm));
  const done = attainable ? alive.every((one) => reach(one) <= worst) : enough();
  const cut = length + 1 >= limit;
  group.live = done || cut ? [] : alive;
  group.cutOff = !done && cut ? alive : [];
  return group.live.length > 0 ? parents : [];
};

const checkSize = (
  found: Float32Array | Int32Array,
  rows: number,
  tokens: number,
  method: 'step' | 'top',
): void => {
  const size = rows * tokens;
  const where = `decoder.${method}()`;
  const allowed = `${size}, ${method === 'step' ? 'the ' : ''}${tokens} tokens of ${rows} rows`;
  check(ArrayBuffer.isView(found), `what ${where} gave`, found, 'a Float32Array');
  check(found.length === size, `log-probabilities of ${where}`, found.length, allowed);
};

const checkRow = (scores: StepScores, row: number, where: string): void => {
  const odd = scores.odd(row);
  if (odd === undefined) return;
  throw new SteadyformerError(
    `${where}: the model's log-probabilities are ${odd}. Its weights are not finite or overflow: ` +
      'use a checkpoint from before training diverged.',
  );
};
