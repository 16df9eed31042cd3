/**
 * What lies at the end of a row, where there is no whole vector left.
 */

/** The first n = 1, 2 or 3 numbers at `at`, and lanes of `rest` for what is not there. */
@inline
export function loadSome(at: usize, n: usize, rest: v128): v128 {
  let x = v128.load32_lane(at, rest, 0);
  if (n > 1) x = v128.load32_lane(at, x, 1, 4);
  if (n > 2) x = v128.load32_lane(at, x, 2, 8);
  return x;
}

/** Writes the first n = 1, 2 or 3 lanes. */
@inline
export function storeSome(at: usize, n: usize, x: v128): void {
  v128.store32_lane(at, x, 0);
  if (n > 1) v128.store32_lane(at, x, 1, 4);
  if (n > 2) v128.store32_lane(at, x, 2, 8);
}

/** The greatest lane; NaN where one is NaN. */
@inline
export function greatestOf(x: v128): f32 {
  return max<f32>(
    max<f32>(f32x4.extract_lane(x, 0), f32x4.extract_lane(x, 1)),
    max<f32>(f32x4.extract_lane(x, 2), f32x4.extract_lane(x, 3)),
  );
}
