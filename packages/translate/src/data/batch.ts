import { invalidArgument, parseAs, SteadyformerError } from '@steadyformer/core';
import { SPECIAL_IDS } from '../subwords/special';
import { checkParallel } from './checkParallel';
import { type EncodedCorpus, tokensAt } from './encodeCorpus';
import { type SpecialIds, specialIds } from './specialIds';

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
  /** The token that pads. Default: the model's. */
  readonly pad?: number;
  /** [B]: which sentences of the corpus these are. */
  readonly indices: Int32Array;
}

const checkIndices = (indices: Int32Array, given: ArrayLike<number>, count: number): void => {
  const wrong = indices.findIndex((index, i) => index !== given[i] || index < 0 || index >= count);
  if (wrong < 0) return;
  throw invalidArgument({
    what: `makeBatch() indices[${wrong}]`,
    received: given[wrong],
    allowed:
      count > 0
        ? `whole numbers 0 to ${count - 1}, the sentences of the corpus`
        : 'none: the corpus is empty',
  });
};

/**
 * Builds the batch of the sentence pairs `indices`, in that order.
 *
 * @throws SteadyformerError on an index outside the corpus, none at all, or sides of unequal numbers of sentences
 */
export const makeBatch = (
  corpus: EncodedCorpus,
  indices: ArrayLike<number>,
  special: SpecialIds = SPECIAL_IDS,
): TokenBatch => {
  const { pad, eos } = parseAs(specialIds(), special, 'makeBatch() special');
  const count = checkParallel(corpus, 'makeBatch');
  // A number that cannot become one, such as a BigInt, is refused below as any other that is no index.
  const chosen = Int32Array.from(indices ?? [], (index) => (typeof index === 'number' ? index : -1));
  if (chosen.length === 0)
    throw new SteadyformerError('makeBatch: no indices. Name at least one sentence pair.');
  checkIndices(chosen, indices, count);
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
    pad,
    indices: chosen,
  };
};
