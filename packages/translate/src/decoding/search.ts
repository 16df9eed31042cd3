import {
  check,
  checkCallback,
  checkInteger,
  checkOptions,
  invalidArgument,
  SteadyformerError,
} from '@steadyformer/core';
import { turnTaker } from '../checks/turns';
import { type Hypothesis, hypothesisOf } from './hypothesis';
import type { StepDecoder } from './stepDecoder';
import type { Candidate, CandidateRow } from './topCandidates';

/** What every search is told. */
export interface SearchOptions {
  readonly eos: number;
  /** The token that each row goes on from. Default `eos`, as in fairseq. */
  readonly start?: number;
  /** Tokens that are never said, such as pad and begin. Default none. */
  readonly forbidden?: readonly number[];
  /** Most tokens of a hypothesis, the end included: for all, or one a row. Default 200 (fairseq's max-len-b). */
  readonly maxLength?: number | readonly number[];
  /** Scores are divided by n^lengthPenalty, n the tokens, the end included. Default 1. */
  readonly lengthPenalty?: number;
  /** Whether a hypothesis of these tokens is finished, though it has no end. Asked once a hypothesis. Default: none. */
  readonly stop?: (ids: readonly number[]) => boolean;
  /** Told after every token how many of the rows are done, and the token's number. An exception of it ends the search. */
  readonly onStep?: (done: number, token: number) => void;
  /** What messages call a row. Default 'row 3'. */
  readonly nameOf?: (row: number) => string;
}

/** Which tokens may follow the hypotheses of a sentence, best first. */
export type Propose = (
  logProbabilities: Float32Array,
  rows: readonly CandidateRow[],
  /** The sentence's place in the decoder's first rows, and how many tokens each hypothesis has. */
  at: { readonly sentence: number; readonly length: number },
) => readonly Candidate[];

interface Live {
  readonly ids: readonly number[];
  readonly sum: number;
}

interface Sentence {
  readonly index: number;
  readonly limit: number;
  live: readonly Live[];
  cutOff: readonly Live[];
  readonly finished: Hypothesis[];
}

const DEFAULT_LENGTH = 200;

const OPTIONS = ['eos', 'start', 'forbidden', 'maxLength', 'lengthPenalty', 'stop', 'onStep', 'nameOf'];

/**
 * Throws on options out of range, the decoder disposed. `own` are options that one search has besides, which `checkOwn`
 * looks at.
 */
export const checkSearch = <Options extends SearchOptions>(
  where: string,
  decoder: StepDecoder,
  options: Options,
  own: readonly (keyof Options & string)[] = [],
  checkOwn: (options: Options) => void = () => {},
): void => {
  try {
    checkOptions(options, [...OPTIONS, ...own], where);
    const { eos, start = eos, forbidden = [], lengthPenalty = 1, maxLength = DEFAULT_LENGTH } = options;
    const last = decoder.vocabulary - 1;
    const allowed = `whole numbers 0 to ${last}, the tokens of the model`;
    const isToken = (id: unknown): boolean => Number.isInteger(id) && Number(id) >= 0 && Number(id) <= last;
    check(isToken(eos), `${where} eos`, eos, allowed);
    check(isToken(start), `${where} start`, start, allowed);
    const areTokens = Array.isArray(forbidden) && forbidden.every(isToken);
    check(areTokens, `${where} forbidden`, forbidden, `a list of ${allowed}`);
    for (const name of ['stop', 'onStep', 'nameOf'] as const)
      checkCallback(`${where} ${name}`, options[name]);
    checkLengthPenalty(lengthPenalty);
    limitsOf(maxLength, decoder.rows);
    checkOwn(options);
  } catch (error) {
    decoder.dispose();
    throw error;
  }
};

const limitsOf = (maxLength: number | readonly number[], rows: number): readonly number[] => {
  if (typeof maxLength === 'number')
    return new Array<number>(rows).fill(checkInteger('maxLength', maxLength));
  check(
    Array.isArray(maxLength),
    'maxLength',
    maxLength,
    'a whole number >= 1, or a list of them, one a row',
  );
  if (maxLength.length !== rows) {
    throw invalidArgument({
      what: 'limits in maxLength',
      received: maxLength.length,
      allowed: `${rows}, one a row`,
    });
  }
  for (const limit of maxLength) checkInteger('maxLength', limit);
  return maxLength;
};

/** @throws SteadyformerError where the value is not a finite number. */
export const checkLengthPenalty = (power: number): number => {
  if (Number.isFinite(power)) return power;
  throw invalidArgument({ what: 'lengthPenalty', received: power, allowed: 'finite numbers' });
};

/** Most hypotheses a sentence: memory and time grow with them. */
const MAX_BEAM = 1000;

/** @throws SteadyformerError where it is not a whole number from 1 to 1000. */
export const checkBeamSize = (beamSize: number): number => {
  if (beamSize <= MAX_BEAM) return checkInteger('beamSize', beamSize);
  throw invalidArgument({ what: 'beamSize', received: beamSize, allowed: `whole numbers 1 to ${MAX_BEAM}` });
};

/**
 * The one search, in fairseq's form: ends among the first `beamSize` candidates of a sentence are finished, the first
 * `beamSize` others live on; a sentence is done with `beamSize` finished ones, or at its longest length. Greedy search
 * is that with one hypothesis, sampling with one that is drawn. No sentence knows of another. Returns hypotheses best
 * first for every row the decoder starts with. Disposes the decoder, whatever happens. Options are those that
 * `checkSearch` has passed.
 *
 * @throws SteadyformerError where log-probabilities are NaN, and where nothing can follow.
 */
export const search = async (
  decoder: StepDecoder,
  beamSize: number,
  propose: Propose,
  options: Omit<SearchOptions, 'forbidden'>,
): Promise<Hypothesis[][]> => {
  try {
    const { eos, start = eos, maxLength = DEFAULT_LENGTH, lengthPenalty = 1 } = options;
    const { stop = () => false, nameOf = (row: number) => `row ${row}`, onStep } = options;
    const sentences = limitsOf(maxLength, decoder.rows).map(
      (limit, index): Sentence => ({ index, limit, live: [{ ids: [], sum: 0 }], cutOff: [], finished: [] }),
    );
    const othersTurn = turnTaker();
    let active = sentences;
    let last = new Int32Array(active.length).fill(start);
    for (let length = 0; active.length > 0; length++) {
      const logProbabilities = await decoder.step(last);
      const kept: number[] = [];
      let firstRow = 0;
      for (const sentence of active) {
        const rows = sentence.live.map(({ sum }, i) => ({ row: firstRow + i, sum }));
        firstRow += rows.length;
        const where = `${nameOf(sentence.index)}, token ${length + 1}`;
        checkRows(logProbabilities, decoder.vocabulary, rows, where);
        const candidates = propose(logProbabilities, rows, { sentence: sentence.index, length });
        const parents = advance(sentence, candidates, {
          ...{ eos, stop, beamSize, lengthPenalty },
          length: length + 1,
        });
        if (sentence.finished.length + sentence.live.length + sentence.cutOff.length === 0) {
          throw new SteadyformerError(`${where}: every token that is allowed has probability 0.`);
        }
        for (const parent of parents) kept.push(rows[parent]!.row);
      }
      active = active.filter(({ live }) => live.length > 0);
      onStep?.(sentences.length - active.length, length + 1);
      const same = kept.length === last.length && kept.every((row, i) => row === i);
      if (active.length > 0 && !same) decoder.select(kept);
      last = Int32Array.from(active.flatMap(({ live }) => live.map(({ ids }) => ids.at(-1)!)));
      await othersTurn();
    }
    return sentences.map(({ cutOff, finished }) => {
      const unfinished = cutOff.map((one) => hypothesisOf(one, lengthPenalty, { ended: false }));
      return (finished.length > 0 ? finished : unfinished).sort((a, b) => b.score - a.score);
    });
  } finally {
    decoder.dispose();
  }
};

interface Advance {
  readonly eos: number;
  readonly stop: (ids: readonly number[]) => boolean;
  readonly beamSize: number;
  readonly lengthPenalty: number;
  /** Tokens of the hypotheses, this one counted. */
  readonly length: number;
}

/** One token further. Returns which hypotheses of before the live ones go on from. */
const advance = (sentence: Sentence, candidates: readonly Candidate[], to: Advance): number[] => {
  const { eos, stop, beamSize, lengthPenalty, length } = to;
  const { live, finished } = sentence;
  const finish = (one: Live, ended: boolean): void => {
    if (finished.length < beamSize)
      finished.push(hypothesisOf(one, lengthPenalty, { ended, finished: true }));
  };
  for (const { hypothesis, token, sum } of candidates.slice(0, beamSize)) {
    if (token === eos) finish({ ids: live[hypothesis]!.ids, sum }, true);
  }
  const parents: number[] = [];
  const next: Live[] = [];
  for (const { hypothesis, token, sum } of candidates) {
    if (token === eos || finished.length >= beamSize || parents.length >= beamSize) continue;
    const one = { ids: [...live[hypothesis]!.ids, token], sum };
    if (stop(one.ids)) finish(one, false);
    else {
      parents.push(hypothesis);
      next.push(one);
    }
  }
  const more = finished.length < beamSize;
  const cut = length >= sentence.limit;
  sentence.live = more && !cut ? next : [];
  sentence.cutOff = more && cut ? next : [];
  return sentence.live.length > 0 ? parents : [];
};

/** NaN compares with nothing, so that the first token allowed would win; and what is infinite would win for ever. */
const checkRows = (
  logProbabilities: Float32Array,
  vocabulary: number,
  rows: readonly CandidateRow[],
  where: string,
): void => {
  for (const { row } of rows) {
    for (let i = row * vocabulary; i < (row + 1) * vocabulary; i++) {
      if (logProbabilities[i]! < Number.POSITIVE_INFINITY) continue;
      throw new SteadyformerError(
        `${where}: the model's log-probabilities are ${logProbabilities[i]}. Its weights are not finite or overflow: ` +
          'use a checkpoint from before training diverged.',
      );
    }
  }
};
