/** A group that fills more than this share of a part is taken where nothing smaller will do. */
const LARGE = 0.1;

/** How many groups of each size, so that sizes add up to what is nearest `wanted`, from 1 to `most`; smaller where two are. */
const nearestCounts = (
  sizes: ReadonlyMap<number, number>,
  wanted: number,
  most: number,
): ReadonlyMap<number, number> => {
  // By sum: the size that first reached it, 0 for none. Each size is used as often as there are groups of it.
  const reachedBy = new Int32Array(most + 1);
  const used = new Int32Array(most + 1);
  for (const [size, count] of [...sizes].sort(([a], [b]) => a - b)) {
    if (reachedBy[wanted]) break;
    used.fill(0);
    for (let sum = size; sum <= most; sum++) {
      const before = sum - size;
      if (reachedBy[sum] || (before > 0 && !reachedBy[before]) || used[before]! >= count) continue;
      reachedBy[sum] = size;
      used[sum] = used[before]! + 1;
    }
  }
  const counts = new Map<number, number>();
  for (let off = 0; off < wanted; off++) {
    let sum = reachedBy[wanted - off] ? wanted - off : wanted + off;
    if (!reachedBy[sum]) continue;
    for (; sum > 0; sum -= reachedBy[sum]!) {
      counts.set(reachedBy[sum]!, (counts.get(reachedBy[sum]!) ?? 0) + 1);
    }
    break;
  }
  return counts;
};

/**
 * Groups whose sizes add up to what is nearest `asked`: in the given order, small groups before large ones, and where
 * these do not fill it, by dynamic programming over all sizes (subset sums). None where nothing is nearer than 0.
 *
 * @param most what they may add up to
 */
export const chooseGroups = (
  order: Uint32Array,
  sizes: ArrayLike<number>,
  asked: number,
  most: number,
): number[] => {
  const wanted = Math.min(asked, most);
  const large = Math.max(1, LARGE * wanted);
  const chosen: number[] = [];
  let left = wanted;
  for (const isLarge of [false, true]) {
    for (const group of order) {
      const size = sizes[group]!;
      if (left === 0) return chosen;
      if (size > large !== isLarge || size > left) continue;
      chosen.push(group);
      left -= size;
    }
  }
  if (left === 0) return chosen;
  const available = new Map<number, number>();
  for (const group of order) available.set(sizes[group]!, (available.get(sizes[group]!) ?? 0) + 1);
  const counts = new Map(nearestCounts(available, wanted, Math.min(most, 2 * wanted - 1)));
  return [...order].filter((group) => {
    const count = counts.get(sizes[group]!) ?? 0;
    counts.set(sizes[group]!, count - 1);
    return count > 0;
  });
};
