import { setTimeout as rest, setImmediate as turn } from 'node:timers/promises';

/** How long one asks at a stretch, in milliseconds: of data, and of a rank that is waited for. */
const BURST_MS = { data: 0.3, call: 0.05 } as const;
/** A rate below that of any machine's memory, in bytes a millisecond: until then asking is all that there is to do. */
const SLOW = 200_000;
const EAGER_MS = 3;

/**
 * Asks again and again until `isDone` says so. MPI only goes on while it is asked, so that a transfer needs asking often; a
 * rank that waits for slower ones leaves the core to them. The event loop goes on in between.
 *
 * @param bytes on their way
 * @param limit milliseconds
 * @returns whether it was done within the limit
 */
export const pollUntil = async (isDone: () => boolean, bytes: number, limit: number): Promise<boolean> => {
  const began = performance.now();
  const eager = EAGER_MS + bytes / SLOW;
  const stretch = bytes > 0 ? BURST_MS.data : BURST_MS.call;
  while (true) {
    const burst = performance.now();
    do {
      if (isDone()) return true;
    } while (performance.now() - burst < stretch);
    const waited = performance.now() - began;
    if (waited > limit) return false;
    if (waited < eager) await turn();
    else await rest(1);
  }
};
