import { constants } from 'node:os';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Does long work that a first signal (Ctrl-C, a batch system's warning, a terminal that goes away) asks to come to a good end;
 * a second one ends the process at once, with 130 or 143.
 *
 * @param told called at the first signal
 * @param exit for tests
 */
export const stoppable = async <T>(
  work: (signal: AbortSignal) => Promise<T>,
  told: () => void,
  exit: (code: number) => void = process.exit,
): Promise<T> => {
  const stop = new AbortController();
  const hear = (signal: NodeJS.Signals): void => {
    if (stop.signal.aborted) exit(128 + constants.signals[signal]);
    else {
      stop.abort();
      told();
    }
  };
  for (const signal of SIGNALS) process.on(signal, hear);
  try {
    return await work(stop.signal);
  } finally {
    for (const signal of SIGNALS) process.off(signal, hear);
  }
};
