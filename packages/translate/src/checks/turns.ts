/** Longest time in ms that a synchronous backend keeps the rest of the program waiting. */
const LONGEST = 50;

/**
 * Timers, signals and the page's own work get their turn: a synchronous backend's promises resolve without one, so that
 * a long loop would keep a Ctrl-C waiting for ever.
 */
export const othersTurn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0));

/** A function to await often in a long computation: now and then it is the others' turn. */
export const turnTaker = (): (() => Promise<void>) => {
  let last = performance.now();
  return async () => {
    if (performance.now() - last < LONGEST) return;
    await othersTurn();
    last = performance.now();
  };
};
