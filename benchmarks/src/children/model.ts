import { admin, postLN, type ResidualMethod, type Transformer, transformer } from '@steadyformer/core';
import type { TokenBatch } from '@steadyformer/translate';
import type { Method } from '../arguments';
import type { IdBatch, Task } from './task';

const METHOD: Readonly<Record<Method, () => ResidualMethod>> = { postLN, admin };

/** The task's model, its weights from seed 1: the same in every process. */
export const modelOf = (task: Task): Transformer =>
  transformer({
    vocabulary: task.vocabulary,
    padId: task.padId,
    width: task.width,
    heads: task.heads,
    feedForward: task.feedForward,
    depth: task.depth,
    method: METHOD[task.method](),
    dropout: { residual: task.dropout, attention: task.dropout },
  });

/** The batch in the form that translate's losses take. */
export const tokenBatch = (batch: IdBatch, { padId }: Pick<Task, 'padId'>): TokenBatch => {
  const { rows, sourceTime, targetTime, source, target, labels } = batch;
  const real = (ids: readonly number[]): number => ids.filter((id) => id !== padId).length;
  return {
    source: Int32Array.from(source),
    sourceShape: [rows, sourceTime],
    targetInput: Int32Array.from(target),
    targetOutput: Int32Array.from(labels),
    targetShape: [rows, targetTime],
    sourceTokens: real(source),
    targetTokens: real(labels),
    indices: Int32Array.from({ length: rows }, (_, i) => i),
  };
};
