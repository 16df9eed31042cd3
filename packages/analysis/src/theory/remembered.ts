/** Results that are kept at once. */
export const MOST = 4096;

/** A function of plain values that does not count twice what it was asked lately; the oldest results go first. */
export const remembered = <In, Out>(
  nameOf: (input: In) => string,
  count: (input: In) => Out,
): ((input: In) => Out) => {
  const results = new Map<string, Out>();
  return (input) => {
    const name = nameOf(input);
    if (results.has(name)) return results.get(name)!;
    if (results.size >= MOST) results.delete(results.keys().next().value!);
    const found = count(input);
    results.set(name, found);
    return found;
  };
};
