import { alignmentOf, beamDistance, type DistanceTable, distanceNear } from './beamDistance';

const MAX_SHIFT_LENGTH = 10;
const MAX_SHIFT_DISTANCE = 50;
const MAX_CANDIDATES = 1000;

/** Moves `length` words from `start` so that they stand before what is now at `target`. */
const moved = (words: Int32Array, start: number, length: number, target: number): Int32Array => {
  const out = words.slice();
  const block = words.subarray(start, start + length);
  if (target < start) {
    out.copyWithin(target + length, target, start);
    out.set(block, target);
  } else {
    // A target inside the block counts from the block's end, as one behind it does after the block is taken out.
    const end = target > start + length ? target : Math.min(length + target, words.length);
    out.copyWithin(start, start + length, end);
    out.set(block, end - length);
  }
  return out;
};

/** Runs of equal words: start in the hypothesis, start in the reference, length; every length up to the longest. */
function* equalRuns(words: Int32Array, reference: Int32Array): Generator<readonly [number, number, number]> {
  for (let i = 0; i < words.length; i++) {
    const last = Math.min(reference.length - 1, i + MAX_SHIFT_DISTANCE);
    for (let j = Math.max(0, i - MAX_SHIFT_DISTANCE); j <= last; j++) {
      for (
        let k = 0;
        k < MAX_SHIFT_LENGTH &&
        i + k < words.length &&
        j + k < reference.length &&
        words[i + k] === reference[j + k];
        k++
      ) {
        yield [i, j, k + 1];
      }
    }
  }
}

interface Shift {
  readonly gain: number;
  readonly length: number;
  readonly start: number;
  readonly target: number;
}

/** Larger gain first, then the longer run, the earlier start, the earlier target. */
const isBetter = (a: Shift, b: Shift): boolean =>
  (a.gain - b.gain || a.length - b.length || b.start - a.start || b.target - a.target) > 0;

const hasError = (errors: Uint8Array, start: number, length: number): boolean =>
  errors.subarray(start, start + length).includes(1);

/**
 * The shift of the current hypothesis that shortens its distance most, undefined where none may be tried. Only runs are
 * moved that are wrong where they stand, to places where the reference is not met yet.
 *
 * @param budget how many shifts may be tried; trying stops at the first run after that many
 */
const bestShift = (
  current: DistanceTable,
  budget: number,
): { readonly best: Shift | undefined; readonly tried: number } => {
  const { reference } = current;
  const { align, referenceErrors, hypothesisErrors } = alignmentOf(current);
  let best: Shift | undefined;
  let tried = 0;
  for (const [start, place, length] of equalRuns(current.words, reference)) {
    if (!hasError(hypothesisErrors, start, length) || !hasError(referenceErrors, place, length)) continue;
    if (start <= align[place]! && align[place]! < start + length) continue;
    let previous = -1;
    for (let at = place - 1; at < Math.min(place + length, reference.length); at++) {
      const target = at < 0 ? 0 : align[at]! + 1;
      if (target === previous) continue;
      previous = target;
      const distance = distanceNear(moved(current.words, start, length, target), current);
      const shift = { gain: current.distance - distance, length, start, target };
      tried++;
      if (!best || isBetter(shift, best)) best = shift;
    }
    if (tried >= budget) break;
  }
  return { best, tried };
};

/**
 * The edits of TER (Snover et al., 2006): shifts of runs of words, each one edit, as long as they shorten the distance,
 * then insertions, deletions and substitutions. The limits are those of Tercom and sacreBLEU.
 *
 * @param hypothesis word numbers
 * @param reference word numbers
 */
export const countEdits = (hypothesis: Int32Array, reference: Int32Array): number => {
  if (reference.length === 0) return hypothesis.length;
  let current = beamDistance(hypothesis, reference);
  let shifts = 0;
  for (let budget = MAX_CANDIDATES; ; ) {
    const { best, tried } = bestShift(current, budget);
    budget -= tried;
    if (budget <= 0 || !best || best.gain <= 0) return shifts + current.distance;
    shifts++;
    current = beamDistance(moved(current.words, best.start, best.length, best.target), reference);
  }
};
