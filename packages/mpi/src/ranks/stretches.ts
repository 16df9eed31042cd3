import { MpiError } from '../checks/errors';

/** A rank's part of an array: from an element up to, not including, another. */
export interface Stretch {
  readonly from: number;
  readonly to: number;
}

/**
 * The ranks' stretches of an array, one after another.
 *
 * @throws MpiError unless there is a length for every rank, and they add up to the array's
 */
export const stretchesOf = (
  what: string,
  lengths: readonly number[],
  size: number,
  length: number,
): Stretch[] => {
  const sound =
    Array.isArray(lengths) &&
    lengths.length === size &&
    lengths.every((each) => Number.isSafeInteger(each) && each >= 0) &&
    lengths.reduce((sum, each) => sum + each, 0) === length;
  if (!sound) {
    throw new MpiError(
      `${what} lengths: received ${Array.isArray(lengths) ? `[${lengths.join(', ')}]` : String(lengths)}, allowed ${size} whole numbers >= 0, a rank each, that add up to the array's ${length}`,
    );
  }
  let to = 0;
  return lengths.map((each) => {
    const from = to;
    to += each;
    return { from, to };
  });
};

/** An array shared out evenly; the first ranks have one number more where it does not come out. */
export const evenStretches = (size: number, length: number): Stretch[] => {
  const at = (rank: number): number => rank * Math.floor(length / size) + Math.min(rank, length % size);
  return Array.from({ length: size }, (_, rank) => ({ from: at(rank), to: at(rank + 1) }));
};
