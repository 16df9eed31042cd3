const BEAM = 25;
const INFINITE = 1e9;

/** Edit operations that turn the hypothesis into the reference. */
const KEEP = 0;
const SUBSTITUTE = 1;
const DELETE = 2;
const INSERT = 3;
const NONE = 4;

/**
 * Which cells of the table of edit distances [n + 1, m + 1] are computed: around its diagonal, all of the first row, and
 * the last row to its end. Row i holds columns `from[i]` to `to[i] - 1`, and begins at `at[i]` of the flat arrays.
 */
interface Band {
  readonly from: Int32Array;
  readonly to: Int32Array;
  readonly at: Float64Array;
  readonly size: number;
}

/** The cells around the diagonal, and the last operation of each, for one hypothesis. */
export interface DistanceTable {
  /** [n] word numbers of the hypothesis, and [m] of the reference. */
  readonly words: Int32Array;
  readonly reference: Int32Array;
  readonly band: Band;
  readonly costs: Int32Array;
  readonly operations: Uint8Array;
  readonly distance: number;
}

const bandOf = (n: number, m: number): Band => {
  const ratio = n > 0 ? m / n : 1;
  const beam = BEAM < ratio / 2 ? Math.ceil(ratio / 2 + BEAM) : BEAM;
  const from = new Int32Array(n + 1);
  const to = new Int32Array(n + 1).fill(m + 1);
  const at = new Float64Array(n + 2);
  for (let i = 0; i <= n; i++) {
    if (i > 0) {
      const diagonal = Math.floor(i * ratio);
      from[i] = Math.max(0, diagonal - beam);
      if (i < n) to[i] = Math.min(m + 1, diagonal + beam);
    }
    at[i + 1] = at[i]! + Math.max(0, to[i]! - from[i]!);
  }
  return { from, to, at, size: at[n + 1]! };
};

/**
 * Row i from the row above it: keep or substitute goes before delete, delete before insert, where costs are equal.
 *
 * @param above costs of the row above; its first column stands at `aboveAt`
 * @param here where the costs go, from `hereAt` on; operations, where given, go to the same places
 */
const fillRow = (
  { from, to }: Band,
  i: number,
  word: number,
  reference: Int32Array,
  above: Int32Array,
  aboveAt: number,
  here: Int32Array,
  hereAt: number,
  operations?: Uint8Array,
): void => {
  const [first, last] = [from[i]!, to[i]!];
  const [aboveFirst, aboveLast] = [from[i - 1]!, to[i - 1]!];
  const shift = aboveAt - aboveFirst;
  let left = INFINITE;
  for (let j = first; j < last; j++) {
    const up = j >= aboveFirst && j < aboveLast ? above[shift + j]! : INFINITE;
    const corner = j > aboveFirst && j <= aboveLast ? above[shift + j - 1]! : INFINITE;
    let cost = INFINITE;
    let operation = NONE;
    if (j > 0) {
      const equal = word === reference[j - 1];
      const replaced = corner + (equal ? 0 : 1);
      if (replaced < cost) {
        cost = replaced;
        operation = equal ? KEEP : SUBSTITUTE;
      }
    }
    if (up + 1 < cost) {
      cost = up + 1;
      operation = DELETE;
    }
    if (j > 0 && left + 1 < cost) {
      cost = left + 1;
      operation = INSERT;
    }
    here[hereAt + j - first] = cost;
    if (operations) operations[hereAt + j - first] = operation;
    left = cost;
  }
};

/** Word edit distance to `reference` around the diagonal of the table only, as TER has it. */
export const beamDistance = (words: Int32Array, reference: Int32Array): DistanceTable => {
  const [n, m] = [words.length, reference.length];
  const band = bandOf(n, m);
  const costs = new Int32Array(band.size);
  const operations = new Uint8Array(band.size);
  for (let j = 0; j <= m; j++) {
    costs[j] = j;
    operations[j] = INSERT;
  }
  for (let i = 1; i <= n; i++) {
    fillRow(band, i, words[i - 1]!, reference, costs, band.at[i - 1]!, costs, band.at[i]!, operations);
  }
  return { words, reference, band, costs, operations, distance: costs[band.size - 1]! };
};

/** By how much every cell of a row differs from the known row, undefined where not all do alike. */
const uniformDifference = (
  row: Int32Array,
  known: Int32Array,
  start: number,
  width: number,
): number | undefined => {
  let difference: number | undefined;
  for (let k = 0; k < width; k++) {
    const [mine, theirs] = [row[k]!, known[start + k]!];
    if (mine === INFINITE && theirs === INFINITE) continue;
    if (mine === INFINITE || theirs === INFINITE) return undefined;
    difference ??= mine - theirs;
    if (mine - theirs !== difference) return undefined;
  }
  return difference;
};

/**
 * The distance of a hypothesis that is as long as a known one, from the first word that is another: rows before it are
 * the known ones. So are rows behind the last such word, once one of them is the known one plus a number; the distance
 * then differs by that number.
 */
export const distanceNear = (
  words: Int32Array,
  { words: knownWords, reference, band, costs, distance }: DistanceTable,
): number => {
  const n = words.length;
  let same = 0;
  while (same < n && words[same] === knownWords[same]) same++;
  if (same === n) return distance;
  let changed = n;
  while (words[changed - 1] === knownWords[changed - 1]) changed--;
  let above = costs;
  let aboveAt = band.at[same]!;
  const rows = [new Int32Array(reference.length + 1), new Int32Array(reference.length + 1)] as const;
  for (let i = same + 1; i <= n; i++) {
    const here = rows[(i & 1) as 0 | 1];
    fillRow(band, i, words[i - 1]!, reference, above, aboveAt, here, 0);
    if (i >= changed && i < n) {
      const difference = uniformDifference(here, costs, band.at[i]!, band.to[i]! - band.from[i]!);
      if (difference !== undefined) return distance + difference;
    }
    above = here;
    aboveAt = 0;
  }
  return above[band.to[n]! - band.from[n]! - 1]!;
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
export const alignmentOf = ({ words, reference, band, operations }: DistanceTable): Alignment => {
  const align = new Int32Array(reference.length);
  const referenceErrors = new Uint8Array(reference.length);
  const hypothesisErrors = new Uint8Array(words.length);
  let [i, j] = [words.length, reference.length];
  while (i > 0 || j > 0) {
    const operation = operations[band.at[i]! + j - band.from[i]!];
    const error = operation === KEEP ? 0 : 1;
    if (operation !== INSERT) hypothesisErrors[--i] = error;
    if (operation !== DELETE) {
      referenceErrors[--j] = error;
      align[j] = operation === INSERT ? i - 1 : i;
    }
  }
  return { align, referenceErrors, hypothesisErrors };
};
