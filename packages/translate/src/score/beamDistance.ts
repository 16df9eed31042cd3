const BEAM = 25;
const INFINITE = 1e9;

/** Edit operations that turn the hypothesis into the reference. */
export const KEEP = 0;
export const SUBSTITUTE = 1;
export const DELETE = 2;
export const INSERT = 3;
const NONE = 4;

/** The table of edit distances of one hypothesis, [n + 1, m + 1] row by row, and the last operation of each cell. */
export interface DistanceTable {
  readonly words: Int32Array;
  readonly costs: Int32Array;
  readonly operations: Uint8Array;
  readonly distance: number;
}

/**
 * Word edit distance to `reference` around the diagonal of the table only, as TER has it: keep or substitute goes
 * before delete, delete before insert, where costs are equal. Rows of words that `known` begins with are copied from it
 * (hypotheses of equal length only).
 *
 * @param words n word numbers of the hypothesis
 * @param reference m word numbers
 */
export const beamDistance = (
  words: Int32Array,
  reference: Int32Array,
  known?: DistanceTable,
): DistanceTable => {
  const [n, m] = [words.length, reference.length];
  const width = m + 1;
  const costs = new Int32Array((n + 1) * width).fill(INFINITE);
  const operations = new Uint8Array((n + 1) * width).fill(NONE);
  for (let j = 0; j <= m; j++) {
    costs[j] = j;
    operations[j] = INSERT;
  }
  let same = 0;
  if (known) {
    while (same < n && words[same] === known.words[same]) same++;
    costs.set(known.costs.subarray(0, (same + 1) * width));
    operations.set(known.operations.subarray(0, (same + 1) * width));
  }
  const ratio = n > 0 ? m / n : 1;
  const beam = BEAM < ratio / 2 ? Math.ceil(ratio / 2 + BEAM) : BEAM;
  for (let i = same + 1; i <= n; i++) {
    const diagonal = Math.floor(i * ratio);
    const from = Math.max(0, diagonal - beam);
    const to = i === n ? m + 1 : Math.min(m + 1, diagonal + beam);
    const word = words[i - 1];
    for (let j = from; j < to; j++) {
      const at = i * width + j;
      const above = at - width;
      let cost = INFINITE;
      let operation = NONE;
      if (j > 0) {
        const equal = word === reference[j - 1];
        const replaced = costs[above - 1]! + (equal ? 0 : 1);
        if (replaced < cost) {
          cost = replaced;
          operation = equal ? KEEP : SUBSTITUTE;
        }
      }
      if (costs[above]! + 1 < cost) {
        cost = costs[above]! + 1;
        operation = DELETE;
      }
      if (j > 0 && costs[at - 1]! + 1 < cost) {
        cost = costs[at - 1]! + 1;
        operation = INSERT;
      }
      costs[at] = cost;
      operations[at] = operation;
    }
  }
  return { words, costs, operations, distance: costs[n * width + m]! };
};

/** How hypothesis and reference stand to each other, read off the cheapest path. */
export interface Alignment {
  /** By reference position: the last hypothesis position before or at it on the path, -1 for none. */
  readonly align: Int32Array;
  /** Whether the word at a position is in error (1) or kept (0). */
  readonly referenceErrors: Uint8Array;
  readonly hypothesisErrors: Uint8Array;
}

/** Follows the operations back from the end. */
export const alignmentOf = ({ words, operations }: DistanceTable, length: number): Alignment => {
  const align = new Int32Array(length);
  const referenceErrors = new Uint8Array(length);
  const hypothesisErrors = new Uint8Array(words.length);
  let [i, j] = [words.length, length];
  while (i > 0 || j > 0) {
    const operation = operations[i * (length + 1) + j];
    const error = operation === KEEP ? 0 : 1;
    if (operation !== INSERT) hypothesisErrors[--i] = error;
    if (operation !== DELETE) {
      referenceErrors[--j] = error;
      align[j] = operation === INSERT ? i - 1 : i;
    }
  }
  return { align, referenceErrors, hypothesisErrors };
};
