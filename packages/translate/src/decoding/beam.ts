import { checkInteger } from '@steadyformer/core';
import { type Hypothesis, lengthPenalty } from './hypothesis';
import type { StepDecoder } from './stepDecoder';
import { type Candidate, topCandidates } from './topCandidates';

export interface BeamOptions {
  readonly eos: number;
  /** Tokens that are never said, such as pad and begin. Default none. */
  readonly forbidden?: readonly number[];
  /** Most tokens of a translation, the end included. */
  readonly maxLength: number;
  /** Hypotheses kept a sentence. Default 4, as the paper's En-De recipe. */
  readonly beamSize?: number;
  /** Scores are divided by length^lengthPenalty. Default 1. */
  readonly lengthPenalty?: number;
}

interface Live {
  readonly ids: readonly number[];
  readonly sum: number;
}

interface Sentence {
  live: Live[];
  readonly finished: Hypothesis[];
}

/**
 * Beam search in fairseq's form: of the 2k likeliest continuations of k hypotheses, ends among the first k are
 * finished, the first k others live on; a sentence is done with k finished ones. Returns hypotheses best first for
 * every row the decoder starts with. Disposes the decoder.
 */
export const beamSearch = async (decoder: StepDecoder, options: BeamOptions): Promise<Hypothesis[][]> => {
  const { eos, forbidden = [], maxLength, beamSize = 4, lengthPenalty: power = 1 } = options;
  checkInteger('beamSize', beamSize);
  checkInteger('maxLength', maxLength);
  const finish = ({ ids, sum }: Live, ended: boolean): Hypothesis => ({
    ids,
    logProbability: sum,
    score: sum / lengthPenalty(ids.length + (ended ? 1 : 0), power),
    finished: ended,
  });
  const sentences: Sentence[] = Array.from({ length: decoder.rows }, () => ({
    live: [{ ids: [], sum: 0 }],
    finished: [],
  }));
  let active = sentences.slice();
  let last = new Int32Array(active.length).fill(eos);
  for (let length = 1; length <= maxLength && active.length > 0; length++) {
    const logProbabilities = await decoder.step(last);
    const keptRows: number[] = [];
    let firstRow = 0;
    for (const sentence of active) {
      const { live } = sentence;
      const rows = live.map(({ sum }, i) => ({ row: firstRow + i, sum }));
      firstRow += live.length;
      const candidates = topCandidates(logProbabilities, decoder.vocabulary, rows, 2 * beamSize, forbidden);
      const { ended, going } = splitCandidates(candidates, eos, beamSize);
      for (const { hypothesis, sum } of ended) {
        if (sentence.finished.length < beamSize) {
          sentence.finished.push(finish({ ids: live[hypothesis]!.ids, sum }, true));
        }
      }
      const done = sentence.finished.length >= beamSize;
      sentence.live = done
        ? []
        : going.map(({ hypothesis, token, sum }) => ({ ids: [...live[hypothesis]!.ids, token], sum }));
      if (!done) keptRows.push(...going.map(({ hypothesis }) => rows[hypothesis]!.row));
    }
    active = active.filter(({ live }) => live.length > 0);
    if (active.length > 0 && length < maxLength) decoder.select(keptRows);
    last = Int32Array.from(active.flatMap(({ live }) => live.map(({ ids }) => ids.at(-1)!)));
  }
  decoder.dispose();
  return sentences.map(({ live, finished }) => {
    const cutOff = finished.length < beamSize ? live.map((hypothesis) => finish(hypothesis, false)) : [];
    const all = finished.length > 0 ? finished : cutOff;
    return [...all].sort((a, b) => b.score - a.score).slice(0, beamSize);
  });
};

/** Ends count only among the first `beamSize` candidates; the first `beamSize` others go on. */
const splitCandidates = (
  candidates: readonly Candidate[],
  eos: number,
  beamSize: number,
): { ended: Candidate[]; going: Candidate[] } => ({
  ended: candidates.slice(0, beamSize).filter(({ token }) => token === eos),
  going: candidates.filter(({ token }) => token !== eos).slice(0, beamSize),
});
