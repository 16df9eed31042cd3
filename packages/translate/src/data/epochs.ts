import { checkInteger, invalidArgument } from '@steadyformer/core';

/** Where training stands: plain JSON. Batches `0` to `index - 1` of `epoch` are done. */
export interface BatchPosition {
  readonly epoch: number;
  readonly index: number;
}

/** Epochs of batches, any of which can be asked for. */
export abstract class Epochs<Batch> {
  /** Batches in each epoch; in the first, where epochs differ. */
  abstract readonly count: number;

  /** Batches in an epoch, counted from 0. */
  batchesIn(_epoch: number): number {
    return this.count;
  }

  /**
   * Batch `index` of `epoch`, both counted from 0.
   *
   * @throws SteadyformerError where the epoch has no such batch.
   */
  abstract batchAt(epoch: number, index: number): Batch;

  /** The position after `position`. */
  after({ epoch, index }: BatchPosition): BatchPosition {
    return index + 1 < this.batchesIn(epoch) ? { epoch, index: index + 1 } : { epoch: epoch + 1, index: 0 };
  }

  /** Batches without end, from a position on; each with the position that follows it, to be kept for resuming. */
  *from(
    position: BatchPosition = { epoch: 0, index: 0 },
  ): Generator<{ readonly batch: Batch; readonly next: BatchPosition }> {
    for (let at = position; ; at = this.after(at)) {
      yield { batch: this.batchAt(at.epoch, at.index), next: this.after(at) };
    }
  }

  /** The batches of one epoch. */
  *epoch(epoch = 0): Generator<Batch> {
    for (let index = 0; index < this.batchesIn(epoch); index++) yield this.batchAt(epoch, index);
  }

  /** Throws where the epoch has no batch of this index. */
  protected checkPlace(epoch: number, index: number): void {
    checkInteger('batchAt() epoch', epoch, 0);
    const count = this.batchesIn(epoch);
    if (Number.isInteger(index) && index >= 0 && index < count) return;
    throw invalidArgument({ what: 'batch index', received: index, allowed: `0 to ${count - 1}` });
  }
}
