/** Ends the reading of windows: the signal's reason is thrown. */
const aborted = (signal: AbortSignal): { readonly promise: Promise<never>; readonly off: () => void } => {
  let off = (): void => {};
  const promise = new Promise<never>((_, reject) => {
    const hear = (): void => reject(signal.reason);
    if (signal.aborted) hear();
    signal.addEventListener('abort', hear, { once: true });
    off = () => signal.removeEventListener('abort', hear);
  });
  promise.catch(() => {});
  return { promise, off };
};

const LATE = Symbol('late');

/**
 * Items in groups of `size`, in order; a group is smaller at the end, and where no more come for `patience` ms after its
 * first, so that who types a line, or feeds a pipe slowly, is not kept waiting. No item is read before it is wanted.
 */
export async function* windows<T>(
  items: AsyncIterable<T>,
  size: number,
  signal: AbortSignal,
  patience = 50,
): AsyncGenerator<T[]> {
  const iterator = items[Symbol.asyncIterator]();
  const stop = aborted(signal);
  let next: Promise<IteratorResult<T>> | undefined;
  try {
    for (;;) {
      const held: T[] = [];
      let timer: NodeJS.Timeout | undefined;
      let late: Promise<typeof LATE> | undefined;
      try {
        while (held.length < size) {
          next ??= iterator.next();
          const found = await Promise.race(late ? [next, stop.promise, late] : [next, stop.promise]);
          if (found === LATE) break;
          next = undefined;
          if (found.done) {
            if (held.length > 0) yield held;
            return;
          }
          held.push(found.value);
          late ??= new Promise((resolve) => {
            timer = setTimeout(resolve, patience, LATE);
          });
        }
      } finally {
        clearTimeout(timer);
      }
      yield held;
    }
  } finally {
    stop.off();
    // One that waits for an item (a terminal's line) never comes back: it is not waited for.
    const ended = iterator.return?.();
    if (next === undefined) await ended;
    else ended?.catch(() => {});
  }
}
