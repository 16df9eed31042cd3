import { checkInteger, invalidArgument } from '@steadyformer/core';

// What lists of batches that repeat every epoch have in common.

/** Where training stands: plain JSON. Batches `0` to `index - 1` of `epoch` are done. */
export interface BatchPosition {
  readonly epoch: number;
  readonly index: number;
}

/** The same number of batches every epoch, any of which can be asked for. */
interface Epochs<Batch> {
  readonly count: number;
  batchAt(epoch: number, index: number): Batch;
}

/** @throws SteadyformerError where the epoch, counted from 0, has no batch of this index */
export const checkPlace = ({ count }: Epochs<unknown>, epoch: number, index: number): void => {
  checkInteger('batchAt() epoch', epoch, 0);
  if (Number.isInteger(index) && index >= 0 && index < count) return;
  throw invalidArgument({ what: 'batch index', received: index, allowed: `0 to ${count - 1}` });
};

export const positionAfter = ({ count }: Epochs<unknown>, { epoch, index }: BatchPosition): BatchPosition =>
  index + 1 < count ? { epoch, index: index + 1 } : { epoch: epoch + 1, index: 0 };

/** Batches without end, from a position on; each with the position that follows it. */
export function* batchesFrom<Batch>(
  batches: Epochs<Batch>,
  position: BatchPosition = { epoch: 0, index: 0 },
): Generator<{ readonly batch: Batch; readonly next: BatchPosition }> {
  for (let at = position; ; ) {
    const next = positionAfter(batches, at);
    yield { batch: batches.batchAt(at.epoch, at.index), next };
    at = next;
  }
}

/** The batches of one epoch. */
export function* batchesOf<Batch>(batches: Epochs<Batch>, epoch = 0): Generator<Batch> {
  for (let index = 0; index < batches.count; index++) yield batches.batchAt(epoch, index);
}
