import { constants } from 'node:os';
import { setImmediate } from 'node:timers/promises';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Does short work to its end though Ctrl-C is pressed, so that it leaves nothing half done; then the process ends as the
 * signal would have it, 130 after Ctrl-C. Longer work is not held: a signal ends it at once.
 *
 * @param exit for tests
 */
export const uninterrupted = async (
  work: () => Promise<void>,
  exit: (code: number) => void = process.exit,
): Promise<void> => {
  let pressed: (typeof SIGNALS)[number] | undefined;
  const hold = (signal: NodeJS.Signals): void => {
    pressed ??= signal as (typeof SIGNALS)[number];
  };
  for (const signal of SIGNALS) process.on(signal, hold);
  try {
    await work();
  } finally {
    // A signal that came during synchronous work is delivered on the next turn.
    await setImmediate();
    for (const signal of SIGNALS) process.off(signal, hold);
  }
  if (pressed !== undefined) exit(128 + constants.signals[pressed]);
};
