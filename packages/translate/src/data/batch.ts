import { SPECIAL_IDS } from '../subwords/special';
import { type EncodedCorpus, tokensAt } from './encodeCorpus';

/** The ids a batch is built with. */
export interface SpecialIds {
  readonly pad: number;
  readonly eos: number;
}

/** A batch of B sentence pairs, padded at the right. Matrices are row by row. */
export interface TokenBatch {
  /** [B, S]: each source sentence, then eos. */
  readonly source: Int32Array;
  readonly sourceShape: readonly [number, number];
  /** [B, T]: eos, then the target sentence: what the decoder sees (fairseq begins with eos, not bos). */
  readonly targetInput: Int32Array;
  /** [B, T]: the target sentence, then eos: what the decoder is to say. */
  readonly targetOutput: Int32Array;
  readonly targetShape: readonly [number, number];
  /** Tokens of `source` that are not padding, eos included. */
  readonly sourceTokens: number;
  /** Tokens of `targetOutput` that are not padding, eos included: what a loss is averaged over. */
  readonly targetTokens: number;
  /** [B]: which sentences of the corpus these are. */
  readonly indices: Int32Array;
}

/** Builds the batch of the sentence pairs `indices`, in that order. */
export const makeBatch = (
  corpus: EncodedCorpus,
  indices: ArrayLike<number>,
  { pad, eos }: SpecialIds = SPECIAL_IDS,
): TokenBatch => {
  const chosen = Int32Array.from(indices);
  const sources = Array.from(chosen, (i) => tokensAt(corpus.source, i));
  const targets = Array.from(chosen, (i) => tokensAt(corpus.target, i));
  const sum = (rows: Int32Array[]): number => rows.reduce((total, row) => total + row.length + 1, 0);
  const width = (rows: Int32Array[]): number => rows.reduce((most, row) => Math.max(most, row.length + 1), 0);
  const [S, T] = [width(sources), width(targets)];
  const source = new Int32Array(chosen.length * S).fill(pad);
  const targetInput = new Int32Array(chosen.length * T).fill(pad);
  const targetOutput = new Int32Array(chosen.length * T).fill(pad);
  for (const [row, ids] of sources.entries()) {
    source.set(ids, row * S);
    source[row * S + ids.length] = eos;
  }
  for (const [row, ids] of targets.entries()) {
    targetInput[row * T] = eos;
    targetInput.set(ids, row * T + 1);
    targetOutput.set(ids, row * T);
    targetOutput[row * T + ids.length] = eos;
  }
  return {
    source,
    sourceShape: [chosen.length, S],
    targetInput,
    targetOutput,
    targetShape: [chosen.length, T],
    sourceTokens: sum(sources),
    targetTokens: sum(targets),
    indices: chosen,
  };
};
