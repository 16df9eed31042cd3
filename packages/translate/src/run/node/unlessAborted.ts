/** What `work` gives; undefined where the signal ended it, as by `throwIfAborted`. Its other errors are thrown. */
export const unlessAborted = async <T>(
  signal: AbortSignal,
  work: () => Promise<T>,
): Promise<T | undefined> => {
  try {
    return await work();
  } catch (error) {
    if (!signal.aborted || error !== signal.reason) throw error;
    return undefined;
  }
};
