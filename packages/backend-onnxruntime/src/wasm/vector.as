/** Vectors of four floats at any address that is a multiple of 4. */

@inline
export function read(address: usize): v128 {
  return v128.load(address, 0, 4);
}

@inline
export function write(address: usize, value: v128): void {
  v128.store(address, value, 0, 4);
}

/** The bytes of n floats that fill whole vectors. */
@inline
export function wholeVectors(n: u32): usize {
  return (<usize>n >> 2) << 4;
}

/** The sum of the four lanes, as (0 + 2) + (1 + 3). */
@inline
export function lanes(x: v128): f32 {
  const pairs = f32x4.add(x, i8x16.shuffle(x, x, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7));
  return f32x4.extract_lane(pairs, 0) + f32x4.extract_lane(pairs, 1);
}
