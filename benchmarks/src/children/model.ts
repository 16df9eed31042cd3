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
export const tokenBatch = ({ source, target, labels }: IdBatch, { batchSize, time }: Task): TokenBatch => ({
  source: Int32Array.from(source),
  sourceShape: [batchSize, source.length / batchSize],
  targetInput: Int32Array.from(target),
  targetOutput: Int32Array.from(labels),
  targetShape: [batchSize, time],
  sourceTokens: source.length,
  targetTokens: labels.length,
  indices: Int32Array.from({ length: batchSize }, (_, i) => i),
});
