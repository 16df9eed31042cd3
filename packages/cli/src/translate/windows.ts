const LATE = Symbol('late');

/** One wait at a time for what comes next, which a timer or a signal may end: nothing is left on what lives long. */
class Wait {
  private late = (): void => {};
  private stop = (): void => {};
  private timer?: NodeJS.Timeout;

  constructor(private readonly signal: AbortSignal) {
    signal.addEventListener('abort', this.heard, { once: true });
  }

  private readonly heard = (): void => this.stop();

  for<T>(next: Promise<T>): Promise<T | typeof LATE> {
    return new Promise((resolve, reject) => {
      this.late = () => resolve(LATE);
      this.stop = () => reject(this.signal.reason);
      if (this.signal.aborted) this.stop();
      else next.then(resolve, reject);
    });
  }

  /** From now on a wait lasts so many ms in all. */
  limit(milliseconds: number): void {
    this.timer ??= setTimeout(() => this.late(), milliseconds);
  }

  unlimited(): void {
    clearTimeout(this.timer);
    delete this.timer;
  }

  end(): void {
    this.unlimited();
    this.signal.removeEventListener('abort', this.heard);
  }
}

/**
 * Items in groups of `size`, in order; a group is smaller at the end, and where no more come for `patience` ms after its
 * first, so that who types a line, or feeds a pipe slowly, is not kept waiting. No item is read before it is wanted.
 *
 * @throws the signal's reason where it aborts
 */
export async function* windows<T>(
  items: AsyncIterable<T>,
  size: number,
  signal: AbortSignal,
  patience = 50,
): AsyncGenerator<T[]> {
  const iterator = items[Symbol.asyncIterator]();
  const wait = new Wait(signal);
  let next: Promise<IteratorResult<T>> | undefined;
  try {
    for (;;) {
      const held: T[] = [];
      while (held.length < size) {
        next ??= iterator.next();
        const found = await wait.for(next);
        if (found === LATE) break;
        next = undefined;
        if (found.done) {
          if (held.length > 0) yield held;
          return;
        }
        held.push(found.value);
        wait.limit(patience);
      }
      wait.unlimited();
      yield held;
    }
  } finally {
    wait.end();
    // One that waits for an item (a terminal's line) never comes back: it is not waited for.
    const ended = iterator.return?.();
    next?.catch(() => {});
    if (next === undefined) await ended;
    else ended?.catch(() => {});
  }
}
