/** Thrown where more items would wait than may. */
export class QueueFull extends Error {
  override readonly name = 'QueueFull';
}

export interface BatcherOptions<Item, Options, Result, Partial> {
  /**
   * Does the work on items of one kind: a result an item, in their order. Stops, by throwing, where the signal aborts. Tells
   * what it has of an item by now, where anyone wants to know.
   */
  readonly run: (
    items: readonly Item[],
    options: Options,
    signal: AbortSignal,
    onPartial?: (index: number, partial: Partial) => void,
  ) => Promise<readonly Result[]>;
  /** Most items of a batch. */
  readonly maxBatch: number;
  /** Most items that wait. */
  readonly maxQueue: number;
  /** Batches that may be at work at a time, between which those that wait are shared. Default 1. */
  readonly atATime?: number;
  /** How long the first item of a batch waits for others while nothing else is at work, ms. */
  readonly wait: number;
  /** Told of every batch that is done. */
  readonly onBatch?: (batch: { readonly items: number; readonly milliseconds: number }) => void;
}

export interface SubmitOptions<Result, Partial> {
  /** Items that are not begun leave the queue; a batch that nobody waits for any more is stopped. */
  readonly signal: AbortSignal;
  /** Told each result as soon as it is there. */
  readonly onResult?: (index: number, result: Result) => void;
  /** Told what there is of each by now, again and again. */
  readonly onPartial?: (index: number, partial: Partial) => void;
}

interface Job<Options, Result, Partial> {
  readonly options: Options;
  /** Items of the same go into one batch. */
  readonly kind: string;
  readonly results: Result[];
  left: number;
  settled: boolean;
  readonly onPartial?: ((index: number, partial: Partial) => void) | undefined;
  readonly succeed: (index: number, result: Result) => void;
  readonly fail: (error: unknown) => void;
}

interface Waiting<Item, Options, Result, Partial> {
  readonly item: Item;
  readonly index: number;
  readonly job: Job<Options, Result, Partial>;
}

/**
 * Joins what is submitted at about the same time, with the same options, into batches, in the order it came. So many batches
 * are at work at a time as may be. An item that fails fails its own submission alone.
 */
export class Batcher<Item, Options, Result, Partial = never> {
  private queue: Waiting<Item, Options, Result, Partial>[] = [];
  private readonly running = new Set<{
    readonly batch: readonly Waiting<Item, Options, Result, Partial>[];
    readonly stop: AbortController;
  }>();
  private timer?: NodeJS.Timeout;

  constructor(private readonly options: BatcherOptions<Item, Options, Result, Partial>) {}

  /** Items that wait. */
  get waiting(): number {
    return this.queue.length;
  }

  /** Items at work. */
  get working(): number {
    return [...this.running].reduce((sum, { batch }) => sum + batch.length, 0);
  }

  /**
   * The results of items, in their order.
   *
   * @throws QueueFull at once, with nothing queued; the signal's reason; and what the work on one of the items throws
   */
  async submit(
    items: readonly Item[],
    options: Options,
    { signal, onResult, onPartial }: SubmitOptions<Result, Partial>,
  ): Promise<readonly Result[]> {
    signal.throwIfAborted();
    if (items.length === 0) return [];
    if (this.queue.length + items.length > this.options.maxQueue) throw new QueueFull();
    return new Promise((resolve, reject) => {
      const leave = (): void => job.fail(signal.reason);
      const settle = (): void => {
        job.settled = true;
        signal.removeEventListener('abort', leave);
      };
      const job: Job<Options, Result, Partial> = {
        ...{ options, kind: JSON.stringify(options), results: [], left: items.length, settled: false },
        onPartial,
        succeed: (index, result) => {
          if (job.settled) return;
          job.results[index] = result;
          job.left--;
          onResult?.(index, result);
          if (job.left > 0) return;
          settle();
          resolve(job.results);
        },
        fail: (error) => {
          if (job.settled) return;
          settle();
          reject(error);
          this.queue = this.queue.filter((each) => each.job !== job);
          for (const { batch, stop } of this.running) {
            if (batch.every((each) => each.job.settled)) stop.abort();
          }
        },
      };
      signal.addEventListener('abort', leave, { once: true });
      for (const [index, item] of items.entries()) this.queue.push({ item, index, job });
      this.schedule();
    });
  }

  /** Batches that may be begun. */
  private get free(): number {
    return (this.options.atATime ?? 1) - this.running.size;
  }

  private schedule(): void {
    if (this.free <= 0 || this.queue.length === 0) return;
    if (this.queue.length >= this.options.maxBatch) this.begin();
    else this.timer ??= setTimeout(() => this.begin(), this.options.wait);
  }

  /** Begins as many batches as may be, of those that wait. */
  private begin(): void {
    clearTimeout(this.timer);
    delete this.timer;
    while (this.free > 0) {
      const batch = this.take(Math.ceil(this.queue.length / this.free));
      if (batch.length === 0) return;
      const stop = new AbortController();
      const one = { batch, stop };
      this.running.add(one);
      void this.work(batch, stop.signal).finally(() => {
        this.running.delete(one);
        // What waited while this was at work has waited enough.
        if (this.queue.length > 0) this.begin();
      });
    }
  }

  /** The first items of the queue that are of the first one's kind, `share` at most. */
  private take(share: number): Waiting<Item, Options, Result, Partial>[] {
    const kind = this.queue[0]?.job.kind;
    const most = Math.min(share, this.options.maxBatch);
    const batch = this.queue.filter(({ job }) => job.kind === kind).slice(0, most);
    const taken = new Set(batch);
    this.queue = this.queue.filter((each) => !taken.has(each));
    return batch;
  }

  private async work(
    batch: readonly Waiting<Item, Options, Result, Partial>[],
    signal: AbortSignal,
  ): Promise<void> {
    const begun = performance.now();
    const { run, onBatch } = this.options;
    const tell = (i: number, partial: Partial): void => {
      const { job, index } = batch[i]!;
      if (!job.settled) job.onPartial?.(index, partial);
    };
    try {
      const results = await run(
        batch.map(({ item }) => item),
        batch[0]!.job.options,
        signal,
        batch.some(({ job }) => job.onPartial) ? tell : undefined,
      );
      for (const [i, { job, index }] of batch.entries()) job.succeed(index, results[i]!);
    } catch (error) {
      if (batch.length === 1) batch[0]!.job.fail(error);
      // One of them is at fault: which one shows when each is done alone.
      else if (!signal.aborted)
        for (const each of batch) if (!each.job.settled) await this.work([each], signal);
      return;
    }
    onBatch?.({ items: batch.length, milliseconds: performance.now() - begun });
  }
}
