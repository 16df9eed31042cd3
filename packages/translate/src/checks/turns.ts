/** Longest time in ms that a synchronous backend keeps the rest of the program waiting. */
const LONGEST = 50;

/**
 * A function to await now and then in a long computation: timers, signals and the page's own work get their turn. A
 * synchronous backend's promises resolve without one.
 */
export const turnTaker = (): (() => Promise<void>) => {
  let last = performance.now();
  return async () => {
    if (performance.now() - last < LONGEST) return;
    await new Promise<void>((resolve) => setTimeout(resolve, 0));
    last = performance.now();
  };
};
