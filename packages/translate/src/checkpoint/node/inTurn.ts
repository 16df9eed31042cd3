const last = new Map<string, Promise<unknown>>();

/** Runs `work` after all that was given before under the same key, whether that failed or not. */
export const inTurn = async <Result>(key: string, work: () => Promise<Result>): Promise<Result> => {
  const mine = (last.get(key) ?? Promise.resolve()).then(work, work);
  const settled = mine.catch(() => {});
  last.set(key, settled);
  try {
    return await mine;
  } finally {
    if (last.get(key) === settled) last.delete(key);
  }
};
