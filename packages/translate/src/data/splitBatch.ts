import { checkInteger } from '@steadyformer/core';
import { SPECIAL_IDS } from '../subwords/special';
import type { TokenBatch } from './batch';
import { checkBatch } from './checkBatch';
import { checkPad } from './checkPad';

/**
 * The sentences of a batch in up to `count` batches of nearly equal numbers, in order, padded as they were: their
 * summed losses and gradients add up to the batch's.
 *
 * @param pad the token that pads. Default the batch's own.
 * @throws SteadyformerError where the batch was padded with another token, or is none.
 */
export const splitBatch = (batch: TokenBatch, count: number, pad?: number): TokenBatch[] => {
  checkBatch(batch);
  checkInteger('splitBatch() count', count);
  const own = pad ?? batch.pad ?? SPECIAL_IDS.pad;
  checkPad(batch, own);
  const [rows] = batch.sourceShape;
  const parts = Math.min(count, rows);
  return Array.from({ length: parts }, (_, k) =>
    rowsOf(batch, Math.round((k * rows) / parts), Math.round(((k + 1) * rows) / parts), own),
  );
};

/** Sentences `from` up to, not including, `to`. */
const rowsOf = (batch: TokenBatch, from: number, to: number, pad: number): TokenBatch => {
  const real = (ids: Int32Array): number => ids.reduce((sum, id) => sum + (id === pad ? 0 : 1), 0);
  const { sourceShape, targetShape, source, targetInput, targetOutput, indices } = batch;
  const [S, T] = [sourceShape[1], targetShape[1]];
  const part = {
    source: source.subarray(from * S, to * S),
    targetInput: targetInput.subarray(from * T, to * T),
    targetOutput: targetOutput.subarray(from * T, to * T),
  };
  return {
    ...part,
    sourceShape: [to - from, S],
    targetShape: [to - from, T],
    sourceTokens: real(part.source),
    targetTokens: real(part.targetOutput),
    pad,
    indices: indices.subarray(from, to),
  };
};
