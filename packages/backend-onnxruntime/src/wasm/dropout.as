import { loadSome, storeSome } from './lanes';
import { MIX_1, MIX_2 } from './variables';
import { read, write } from './vector';

/**
 * The stream of random bits of a key of two 32-bit words (dropoutBits.ts): element i draws 16 bits of word i >> 1, the low
 * half where i is even, and is dropped where they are below `threshold` (< 2^16, of 2^16 values).
 */

/** lowbias32 (C. Wellons, Hash Prospector, 2018). */
@inline
function mix(x: v128): v128 {
  x = i32x4.mul(v128.xor(x, i32x4.shr_u(x, 16)), MIX_1);
  x = i32x4.mul(v128.xor(x, i32x4.shr_u(x, 15)), MIX_2);
  return v128.xor(x, i32x4.shr_u(x, 15));
}

/** Which of eight elements are kept, from that of four words on: ones in all bits of a 16-bit lane. */
@inline
export function kept8(words: v128, key0: v128, key1: v128, threshold: v128): v128 {
  // The halves of four little-endian words are eight draws in order.
  return i16x8.ge_u(mix(i32x4.add(mix(v128.xor(words, key0)), key1)), threshold);
}

/** The first four words from `word` on. */
@inline
export function wordsFrom(word: u32): v128 {
  return i32x4.add(i32x4.splat(word), i32x4(0, 1, 2, 3));
}

/** The words after these. */
@inline
export function next(words: v128): v128 {
  return i32x4.add(words, i32x4.splat(4));
}

/** y_i = kept x_i where element i is kept, else 0, whatever x_i is. y may be x. */
export function dropout(
  x: usize,
  y: usize,
  n: usize,
  key0: u32,
  key1: u32,
  threshold: u32,
  kept: f32,
): void {
  const a = i32x4.splat(key0);
  const b = i32x4.splat(key1);
  const limit = i16x8.splat(<i16>threshold);
  const scale = f32x4.splat(kept);
  let words = wordsFrom(0);
  for (; n >= 8; n -= 8) {
    const keep = kept8(words, a, b, limit);
    const low = v128.and(f32x4.mul(read(x), scale), i32x4.extend_low_i16x8_s(keep));
    const high = v128.and(f32x4.mul(read(x + 16), scale), i32x4.extend_high_i16x8_s(keep));
    write(y, low);
    write(y + 16, high);
    words = next(words);
    x += 32;
    y += 32;
  }
  if (n == 0) return;
  const keep = kept8(words, a, b, limit);
  let lanes = i32x4.extend_low_i16x8_s(keep);
  if (n >= 4) {
    write(y, v128.and(f32x4.mul(read(x), scale), lanes));
    lanes = i32x4.extend_high_i16x8_s(keep);
    n -= 4;
    x += 16;
    y += 16;
  }
  if (n > 0) storeSome(y, n, v128.and(f32x4.mul(loadSome(x, n, scale), scale), lanes));
}
