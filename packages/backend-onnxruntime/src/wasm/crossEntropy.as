import { exp4, exp4Below } from './exp';
import { greatestOf, loadSome, storeSome, sumOf } from './lanes';
import { read, write } from './vector';

/** Bytes of a vector. */
const LANES: usize = 16;
/** Bytes of four vectors: sums run in four at a time. */
const GROUP: usize = 64;
/** Bytes whose sum is made in float32: sums of these are added up in float64. */
const SEGMENT: usize = 1 << 13;

/**
 * For every row x of logits [rows, columns]: peak = max_v x_v, mass = sum_v e^(x_v - peak), total = sum_v x_v, each
 * [rows], of which log sum exp = peak + log mass and the losses follow (SteadySoftmaxCrossEntropy, contract.ts of core).
 * The row is read from memory once, the second time from the cache.
 */
export function crossEntropyRows(
  logits: usize,
  rows: usize,
  columns: usize,
  peak: usize,
  mass: usize,
  total: usize,
): void {
  const bytes = columns << 2;
  for (let row: usize = 0; row < rows; row++) {
    const top = peakAndTotal(logits, bytes, total);
    store<f32>(peak, top);
    store<f32>(mass, massOf(logits, bytes, top));
    logits += bytes;
    peak += 4;
    mass += 4;
    total += 4;
  }
}

/** The greatest number, for NaN see massOf; the sum goes to `total`. */
function peakAndTotal(x: usize, bytes: usize, total: usize): f32 {
  const rest = f32x4.splat(-Infinity);
  let m0 = rest;
  let m1 = rest;
  let m2 = rest;
  let m3 = rest;
  let s0 = f32x4.splat(0);
  let s1 = s0;
  let s2 = s0;
  let s3 = s0;
  let at: usize = 0;
  for (; at + GROUP <= bytes; at += GROUP) {
    const a = read(x + at);
    const b = read(x + at + 16);
    const c = read(x + at + 32);
    const d = read(x + at + 48);
    m0 = f32x4.pmax(m0, a);
    m1 = f32x4.pmax(m1, b);
    m2 = f32x4.pmax(m2, c);
    m3 = f32x4.pmax(m3, d);
    s0 = f32x4.add(s0, a);
    s1 = f32x4.add(s1, b);
    s2 = f32x4.add(s2, c);
    s3 = f32x4.add(s3, d);
  }
  for (; at + LANES <= bytes; at += LANES) {
    const a = read(x + at);
    m0 = f32x4.pmax(m0, a);
    s0 = f32x4.add(s0, a);
  }
  if (at < bytes) {
    const n = (bytes - at) >> 2;
    m1 = f32x4.pmax(m1, loadSome(x + at, n, rest));
    s1 = f32x4.add(s1, loadSome(x + at, n, f32x4.splat(0)));
  }
  store<f32>(total, sumOf(f32x4.add(f32x4.add(s0, s1), f32x4.add(s2, s3))));
  return greatestOf(f32x4.pmax(f32x4.pmax(m0, m1), f32x4.pmax(m2, m3)));
}

/** sum e^(x - top): NaN where a number is NaN or Infinity, or all are -Infinity. */
function massOf(x: usize, bytes: usize, top: f32): f32 {
  let sum: f64 = 0;
  for (let at: usize = 0; at < bytes; at += SEGMENT) {
    sum += <f64>massOfSegment(x + at, min<usize>(SEGMENT, bytes - at), top);
  }
  return <f32>sum;
}

function massOfSegment(x: usize, bytes: usize, top: f32): f32 {
  const shift = f32x4.splat(top);
  let s0 = f32x4.splat(0);
  let s1 = s0;
  let s2 = s0;
  let s3 = s0;
  let at: usize = 0;
  for (; at + GROUP <= bytes; at += GROUP) {
    s0 = f32x4.add(s0, exp4Below(f32x4.sub(read(x + at), shift)));
    s1 = f32x4.add(s1, exp4Below(f32x4.sub(read(x + at + 16), shift)));
    s2 = f32x4.add(s2, exp4Below(f32x4.sub(read(x + at + 32), shift)));
    s3 = f32x4.add(s3, exp4Below(f32x4.sub(read(x + at + 48), shift)));
  }
  for (; at + LANES <= bytes; at += LANES) {
    s0 = f32x4.add(s0, exp4Below(f32x4.sub(read(x + at), shift)));
  }
  if (at < bytes) {
    const some = loadSome(x + at, (bytes - at) >> 2, f32x4.splat(-Infinity));
    s1 = f32x4.add(s1, exp4Below(f32x4.sub(some, shift)));
  }
  return sumOf(f32x4.add(f32x4.add(s0, s1), f32x4.add(s2, s3)));
}

/**
 * dx_v = d (e^(x_v - z) - (1 - s) [v = label] - s / columns) for every row x of logits [rows, columns], with d = dLoss,
 * z = log sum exp of the row, s = smoothing; all 0 where d is 0, whatever the row holds. `out` may be `logits`.
 */
export function crossEntropyGrad(
  logits: usize,
  labels: usize,
  dLoss: usize,
  normaliser: usize,
  rows: usize,
  columns: usize,
  smoothing: f64,
  out: usize,
): void {
  const bytes = columns << 2;
  const every = smoothing / <f64>columns;
  for (let row: usize = 0; row < rows; row++) {
    const d = load<f32>(dLoss);
    if (d == 0) {
      memory.fill(out, 0, bytes);
    } else {
      gradientRow(logits, bytes, d, load<f32>(normaliser), <f32>(<f64>d * every), out);
      const own = out + (<usize>load<i32>(labels) << 2);
      store<f32>(own, <f32>(<f64>load<f32>(own) - (1 - smoothing) * <f64>d));
    }
    logits += bytes;
    out += bytes;
    labels += 4;
    dLoss += 4;
    normaliser += 4;
  }
}

/** d e^(x - z) - offset. */
@inline
function gradient4(x: v128, weight: v128, shift: v128, offset: v128): v128 {
  return f32x4.sub(f32x4.mul(exp4(f32x4.sub(x, shift)), weight), offset);
}

function gradientRow(x: usize, bytes: usize, d: f32, z: f32, offset: f32, out: usize): void {
  const weight = f32x4.splat(d);
  const shift = f32x4.splat(z);
  const minus = f32x4.splat(offset);
  let at: usize = 0;
  for (; at + 2 * LANES <= bytes; at += 2 * LANES) {
    const a = gradient4(read(x + at), weight, shift, minus);
    const b = gradient4(read(x + at + 16), weight, shift, minus);
    write(out + at, a);
    write(out + at + 16, b);
  }
  for (; at + LANES <= bytes; at += LANES) {
    write(out + at, gradient4(read(x + at), weight, shift, minus));
  }
  if (at < bytes) {
    const n = (bytes - at) >> 2;
    storeSome(out + at, n, gradient4(loadSome(x + at, n, shift), weight, shift, minus));
  }
}
