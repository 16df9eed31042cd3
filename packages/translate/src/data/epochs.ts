import { checkInteger, invalidArgument } from '@steadyformer/core';

/** Where training stands: plain JSON. Batches `0` to `index - 1` of `epoch` are done. */
export interface BatchPosition {
  readonly epoch: number;
  readonly index: number;
}

/** The same number of batches every epoch, any of which can be asked for. */
export abstract class Epochs<Batch> {
  /** Batches in each epoch. */
  abstract readonly count: number;

  /**
   * Batch `index` of `epoch`, both counted from 0.
   *
   * @throws SteadyformerError where the epoch has no such batch.
   */
  abstract batchAt(epoch: number, index: number): Batch;

  /** The position after `position`. */
  after({ epoch, index }: BatchPosition): BatchPosition {
    return index + 1 < this.count ? { epoch, index: index + 1 } : { epoch: epoch + 1, index: 0 };
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
    for (let index = 0; index < this.count; index++) yield this.batchAt(epoch, index);
  }

  /** Throws where the epoch has no batch of this index. */
  protected checkPlace(epoch: number, index: number): void {
    checkInteger('batchAt() epoch', epoch, 0);
    if (Number.isInteger(index) && index >= 0 && index < this.count) return;
    throw invalidArgument({ what: 'batch index', received: index, allowed: `0 to ${this.count - 1}` });
  }
}
