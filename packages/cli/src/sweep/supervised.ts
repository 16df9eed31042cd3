import * as v from 'valibot';

// How the process that runs a whole sweep and those that make its runs speak: a run stops, its state saved, once the
// channel is closed, be it that it is asked to or that the other process is gone.

/** What a run tells now and then. */
export interface Progress {
  readonly update: number;
  readonly updates: number;
}

const progress = v.object({ update: v.number(), updates: v.number() });

export const progressOf = (message: unknown): Progress | undefined => {
  const parsed = v.safeParse(progress, message);
  return parsed.success ? parsed.output : undefined;
};

/** Does the work of a run, which the end of the channel asks to stop, or the signal that is there already. */
export const supervised = async <T>(
  signal: AbortSignal,
  work: (signal: AbortSignal, tell: (progress: Progress) => void) => Promise<T>,
): Promise<T> => {
  const left = new AbortController();
  const stop = (): void => left.abort();
  if (!process.connected) stop();
  process.on('disconnect', stop);
  const tell = (now: Progress): void => {
    // The other end may go at any moment: that is no fault of the run.
    if (process.connected) process.send?.(now, undefined, undefined, () => {});
  };
  try {
    return await work(AbortSignal.any([signal, left.signal]), tell);
  } finally {
    process.off('disconnect', stop);
    if (process.connected) process.disconnect();
  }
};
