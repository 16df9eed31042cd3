import { kept8, next, wordsFrom } from './dropout';
import { calledExp4, exp4 } from './exp';
import { greatestOf, loadSome, storeSome } from './lanes';
import { lanes, read, write } from './vector';

/** Added to scores that may not be seen. */
const HIDDEN: f32 = -1e9;
/** What is further below a row's greatest score has probability 0. */
const FAR: f32 = 104;

/**
 * Scores [batch, heads, queries, keys] become their softmax over keys, in place, after `mask` (where `masked`) and -1e9 for
 * keys j > i + keys - queries (where `causal`) are added; the strides of mask are elements a step of its axis, 0 for one
 * that it has once. Where `dropped`, probabilities that dropout.as drops get a minus sign, and `used` the others, 0 for
 * these.
 */
export function attentionSoftmax(
  scores: usize,
  batch: usize,
  heads: usize,
  queries: usize,
  keys: usize,
  causal: bool,
  masked: bool,
  mask: usize,
  maskOfBatch: usize,
  maskOfHead: usize,
  maskOfQuery: usize,
  dropped: bool,
  key0: u32,
  key1: u32,
  threshold: u32,
  used: usize,
): void {
  const bytes = keys << 2;
  const rows = batch * heads * queries;
  let row: usize = 0;
  for (let b: usize = 0; b < batch; b++) {
    for (let h: usize = 0; h < heads; h++) {
      for (let i: usize = 0; i < queries; i++, row++) {
        const x = scores + row * bytes;
        const added = mask + ((b * maskOfBatch + h * maskOfHead + i * maskOfQuery) << 2);
        const after = <isize>(i + 1) + <isize>keys - <isize>queries;
        const seen = causal ? <usize>max<isize>(0, min<isize>(keys, after)) << 2 : bytes;
        softmaxRow(x, bytes, seen, masked, added);
        // Two rows are a whole number of words of random bits.
        if (dropped && ((row & 1) == 1 || row + 1 == rows)) {
          const first = row & ~1;
          const at = first * bytes;
          drop(scores + at, used + at, (row + 1 - first) * keys, <u32>((first >> 1) * keys), key0, key1, threshold);
        }
      }
    }
  }
}

export function softmaxRow(x: usize, bytes: usize, seen: usize, masked: bool, mask: usize): void {
  let top = peak(x, seen, masked, mask);
  if (seen < bytes) {
    const hidden = peak(x + seen, bytes - seen, masked, mask + seen) + HIDDEN;
    if (hidden < top - FAR && top < Infinity) {
      memory.fill(x + seen, 0, bytes - seen);
    } else {
      // Nothing is seen, or it is hidden as well, or something is not a number: all keys count, as they would in a sum.
      for (let at = seen; at < bytes; at += 4) store<f32>(x + at, load<f32>(x + at) + HIDDEN);
      top = max<f32>(top, hidden);
      seen = bytes;
    }
  }
  const scale: f32 = <f32>1 / exponentials(x, seen, top);
  const vectors = seen & ~15;
  const scales = f32x4.splat(scale);
  for (let at: usize = 0; at < vectors; at += 16) write(x + at, f32x4.mul(read(x + at), scales));
  for (let at = vectors; at < seen; at += 4) store<f32>(x + at, load<f32>(x + at) * scale);
}

/** Adds the mask to the scores and gives the greatest, -Infinity of none; where one is not a number, that. */
function peak(x: usize, bytes: usize, masked: bool, mask: usize): f32 {
  const rest = f32x4.splat(-Infinity);
  const vectors = bytes & ~15;
  let top = rest;
  let odd = f32x4.splat(0);
  for (let at: usize = 0; at < vectors; at += 16) {
    let score = read(x + at);
    if (masked) {
      score = f32x4.add(score, read(mask + at));
      write(x + at, score);
    }
    top = f32x4.pmax(top, score);
    odd = v128.or(odd, f32x4.ne(score, score));
  }
  const n = (bytes & 15) >> 2;
  if (n > 0) {
    let score = loadSome(x + vectors, n, rest);
    if (masked) {
      score = f32x4.add(score, loadSome(mask + vectors, n, f32x4.splat(0)));
      storeSome(x + vectors, n, score);
    }
    top = f32x4.pmax(top, score);
    odd = v128.or(odd, f32x4.ne(score, score));
  }
  return greatestOf(v128.or(top, odd));
}

/** x := e^(x - top); the sum. */
function exponentials(x: usize, bytes: usize, top: f32): f32 {
  const shift = f32x4.splat(top);
  const vectors = bytes & ~15;
  let sum = f32x4.splat(0);
  let other = sum;
  let at: usize = 0;
  for (; at + 32 <= bytes; at += 32) {
    const a = exp4(f32x4.sub(read(x + at), shift));
    const b = exp4(f32x4.sub(read(x + at + 16), shift));
    write(x + at, a);
    write(x + at + 16, b);
    sum = f32x4.add(sum, a);
    other = f32x4.add(other, b);
  }
  if (at < vectors) {
    const a = calledExp4(f32x4.sub(read(x + at), shift));
    write(x + at, a);
    sum = f32x4.add(sum, a);
  }
  const n = (bytes & 15) >> 2;
  if (n > 0) {
    const some = calledExp4(f32x4.sub(loadSome(x + vectors, n, f32x4.splat(-Infinity)), shift));
    storeSome(x + vectors, n, some);
    // A number is added where it would be in a longer row: zeros behind it change nothing.
    if ((vectors & 16) == 0) sum = f32x4.add(sum, some);
    else other = f32x4.add(other, some);
  }
  return lanes(f32x4.add(sum, other));
}

/** A minus sign to what is dropped of p, and the rest to `used`. */
function drop(p: usize, used: usize, n: usize, word: u32, key0: u32, key1: u32, threshold: u32): void {
  const a = i32x4.splat(key0);
  const b = i32x4.splat(key1);
  const limit = i16x8.splat(<i16>threshold);
  let words = wordsFrom(word);
  for (; n >= 8; n -= 8) {
    const keep = kept8(words, a, b, limit);
    const low = i32x4.extend_low_i16x8_s(keep);
    const high = i32x4.extend_high_i16x8_s(keep);
    const first = read(p);
    const second = read(p + 16);
    write(p, signed(first, low));
    write(p + 16, signed(second, high));
    write(used, v128.and(first, low));
    write(used + 16, v128.and(second, high));
    words = next(words);
    p += 32;
    used += 32;
  }
  if (n == 0) return;
  const keep = kept8(words, a, b, limit);
  let lanes = i32x4.extend_low_i16x8_s(keep);
  if (n >= 4) {
    const first = read(p);
    write(p, signed(first, lanes));
    write(used, v128.and(first, lanes));
    lanes = i32x4.extend_high_i16x8_s(keep);
    n -= 4;
    p += 16;
    used += 16;
  }
  if (n > 0) {
    const some = loadSome(p, n, f32x4.splat(0));
    storeSome(p, n, signed(some, lanes));
    storeSome(used, n, v128.and(some, lanes));
  }
}

/** x where lanes are ones, -x where they are zeros. */
@inline
function signed(x: v128, lanes: v128): v128 {
  return v128.xor(x, i32x4.shl(v128.not(lanes), 31));
}

/**
 * The gradient of the scores from that of what was used, both in `d`, [rows, keys]: with P = |saved|, U = saved where it is
 * positive, else 0, and D = sum over keys of U d: d := U d - P D. Where `dropped`, U goes to `used`, else U = P.
 */
export function attentionSoftmaxGrad(
  saved: usize,
  d: usize,
  rows: usize,
  keys: usize,
  dropped: bool,
  used: usize,
): void {
  const bytes = keys << 2;
  for (; rows > 0; rows--) {
    if (dropped) droppedGrad(saved, d, bytes, used);
    else plainGrad(saved, d, bytes);
    saved += bytes;
    d += bytes;
    used += bytes;
  }
}

function plainGrad(p: usize, d: usize, bytes: usize): void {
  const vectors = bytes & ~15;
  const n = (bytes & 15) >> 2;
  const zero = f32x4.splat(0);
  let sum = zero;
  for (let at: usize = 0; at < vectors; at += 16) sum = f32x4.add(sum, f32x4.mul(read(p + at), read(d + at)));
  if (n > 0) {
    sum = f32x4.add(sum, f32x4.mul(loadSome(p + vectors, n, zero), loadSome(d + vectors, n, zero)));
  }
  const mean = f32x4.splat(lanes(sum));
  for (let at: usize = 0; at < vectors; at += 16) {
    write(d + at, f32x4.mul(read(p + at), f32x4.sub(read(d + at), mean)));
  }
  if (n > 0) {
    const some = f32x4.sub(loadSome(d + vectors, n, zero), mean);
    storeSome(d + vectors, n, f32x4.mul(loadSome(p + vectors, n, zero), some));
  }
}

function droppedGrad(p: usize, d: usize, bytes: usize, used: usize): void {
  const vectors = bytes & ~15;
  const n = (bytes & 15) >> 2;
  const zero = f32x4.splat(0);
  let sum = zero;
  for (let at: usize = 0; at < vectors; at += 16) {
    const kept = f32x4.pmax(read(p + at), zero);
    const product = f32x4.mul(kept, read(d + at));
    write(used + at, kept);
    write(d + at, product);
    sum = f32x4.add(sum, product);
  }
  if (n > 0) {
    const kept = f32x4.pmax(loadSome(p + vectors, n, zero), zero);
    const product = f32x4.mul(kept, loadSome(d + vectors, n, zero));
    storeSome(used + vectors, n, kept);
    storeSome(d + vectors, n, product);
    sum = f32x4.add(sum, product);
  }
  const mean = f32x4.splat(lanes(sum));
  for (let at: usize = 0; at < vectors; at += 16) {
    write(d + at, f32x4.sub(read(d + at), f32x4.mul(f32x4.abs(read(p + at)), mean)));
  }
  if (n > 0) {
    const share = f32x4.mul(f32x4.abs(loadSome(p + vectors, n, zero)), mean);
    storeSome(d + vectors, n, f32x4.sub(loadSome(d + vectors, n, zero), share));
  }
}
