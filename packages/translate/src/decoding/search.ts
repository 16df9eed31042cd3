import { check, SteadyformerError } from '@steadyformer/core';
import { turnTaker } from '../checks/turns';
import { type Hypothesis, hypothesisOf } from './hypothesis';
import type { SearchSettings } from './searchOptions';
import type { StepDecoder } from './stepDecoder';
import type { Candidate, CandidateRow } from './topCandidates';

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

/**
 * The one search, in fairseq's form: ends among the first `beamSize` candidates of a sentence are finished, the first
 * `beamSize` others live on; a sentence is done with `beamSize` finished ones, or at its longest length. Greedy search
 * is that with one hypothesis, sampling with one that is drawn. No sentence knows of another. Returns hypotheses best
 * first for every row the decoder starts with. Disposes the decoder, whatever happens.
 *
 * @throws SteadyformerError where log-probabilities are NaN or too few or many, and where nothing can follow.
 */
export const search = async (
  decoder: StepDecoder,
  beamSize: number,
  propose: Propose,
  { eos, start, limits, lengthPenalty, stop, nameOf, onStep }: SearchSettings,
): Promise<Hypothesis[][]> => {
  try {
    const sentences = limits.map(
      (limit, index): Sentence => ({ index, limit, live: [{ ids: [], sum: 0 }], cutOff: [], finished: [] }),
    );
    const othersTurn = turnTaker();
    let active = sentences;
    let last = new Int32Array(active.length).fill(start);
    for (let length = 0; active.length > 0; length++) {
      const logProbabilities = await decoder.step(last);
      checkSize(logProbabilities, last.length, decoder.vocabulary);
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
      onStep(sentences.length - active.length, length + 1);
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

const checkSize = (logProbabilities: Float32Array, rows: number, vocabulary: number): void => {
  const size = rows * vocabulary;
  const allowed = `${size}, the ${vocabulary} tokens of ${rows} rows`;
  check(ArrayBuffer.isView(logProbabilities), 'what decoder.step() gave', logProbabilities, 'a Float32Array');
  const { length } = logProbabilities;
  check(length === size, 'log-probabilities of decoder.step()', length, allowed);
};

/** Whether all numbers are finite, or some perhaps not: 0 times them adds up to 0 only where they are. */
const surelyFinite = (numbers: Float32Array, from: number, end: number): boolean => {
  let [a, b, c, d] = [0, 0, 0, 0];
  let i = from;
  for (; i + 4 <= end; i += 4) {
    a += 0 * numbers[i]!;
    b += 0 * numbers[i + 1]!;
    c += 0 * numbers[i + 2]!;
    d += 0 * numbers[i + 3]!;
  }
  for (; i < end; i++) a += 0 * numbers[i]!;
  return a + b + c + d === 0;
};

/** NaN compares with nothing, so that the first token allowed would win; and what is infinite would win for ever. */
const checkRows = (
  logProbabilities: Float32Array,
  vocabulary: number,
  rows: readonly CandidateRow[],
  where: string,
): void => {
  for (const { row } of rows) {
    const [from, end] = [row * vocabulary, (row + 1) * vocabulary];
    if (surelyFinite(logProbabilities, from, end)) continue;
    for (let i = from; i < end; i++) {
      if (logProbabilities[i]! < Number.POSITIVE_INFINITY) continue;
      throw new SteadyformerError(
        `${where}: the model's log-probabilities are ${logProbabilities[i]}. Its weights are not finite or overflow: ` +
          'use a checkpoint from before training diverged.',
      );
    }
  }
};
