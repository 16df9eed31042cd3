import { constants } from 'node:os';

/** Thrown where a signal ended the work: it is no fault, and the exit code says which. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';
  constructor(readonly code: number) {
    super('interrupted');
  }
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Does long work that a first signal ends where it can be left: what it wrote is whole, no file is half there. Its
 * AbortSignal aborts with an `Interrupted`, which is thrown. A second signal ends the process at once.
 *
 * @param exit for tests
 */
export const interruptible = async <T>(
  work: (signal: AbortSignal) => Promise<T>,
  exit: (code: number) => void = process.exit,
): Promise<T> => {
  const stop = new AbortController();
  const hear = (signal: NodeJS.Signals): void => {
    const code = 128 + constants.signals[signal];
    if (stop.signal.aborted) exit(code);
    else stop.abort(new Interrupted(code));
  };
  for (const signal of SIGNALS) process.on(signal, hear);
  try {
    return await work(stop.signal);
  } finally {
    for (const signal of SIGNALS) process.off(signal, hear);
  }
};
