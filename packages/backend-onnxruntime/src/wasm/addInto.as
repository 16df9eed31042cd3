import { read, wholeVectors, write } from './vector';

/** The squares of the lanes 0 and 1, in double precision: exact, and without overflow. */
@inline
function lowSquares(x: v128): v128 {
  const wide = f64x2.promote_low_f32x4(x);
  return f64x2.mul(wide, wide);
}

/** The squares of the lanes 2 and 3. */
@inline
function highSquares(x: v128): v128 {
  return lowSquares(i8x16.shuffle(x, x, 8, 9, 10, 11, 12, 13, 14, 15, 8, 9, 10, 11, 12, 13, 14, 15));
}

@inline
function both(x: v128): f64 {
  return f64x2.extract_lane(x, 0) + f64x2.extract_lane(x, 1);
}

/** Four elements of `sum`, after x's are added to them where `adding`. */
@inline
function four(sum: usize, x: usize, i: usize, adding: bool): v128 {
  const old = read(sum + i);
  if (!adding) return old;
  const next = f32x4.add(old, read(x + i));
  write(sum + i, next);
  return next;
}

/** With eight sums, since one addition would wait for the other; always in the same order. */
@inline
function squaresAfter(sum: usize, x: usize, n: u32, adding: bool): f64 {
  let a = f64x2.splat(0);
  let b = f64x2.splat(0);
  let c = f64x2.splat(0);
  let d = f64x2.splat(0);
  const vectors = wholeVectors(n);
  const pairs = vectors & ~31;
  let i: usize = 0;
  for (; i < pairs; i += 32) {
    const first = four(sum, x, i, adding);
    const second = four(sum, x, i + 16, adding);
    a = f64x2.add(a, lowSquares(first));
    b = f64x2.add(b, highSquares(first));
    c = f64x2.add(c, lowSquares(second));
    d = f64x2.add(d, highSquares(second));
  }
  if (i < vectors) {
    const last = four(sum, x, i, adding);
    a = f64x2.add(a, lowSquares(last));
    b = f64x2.add(b, highSquares(last));
    i += 16;
  }
  let squares = both(f64x2.add(f64x2.add(a, b), f64x2.add(c, d)));
  for (const end = <usize>n << 2; i < end; i += 4) {
    let last = load<f32>(sum + i);
    if (adding) {
      last += load<f32>(x + i);
      store<f32>(sum + i, last);
    }
    squares += <f64>last * <f64>last;
  }
  return squares;
}

/** sum_i x_i^2 of n floats, in double precision: what gradients are clipped by (Pascanu et al. 2013, section 3.2). */
export function sumOfSquares(x: usize, n: u32): f64 {
  return squaresAfter(x, 0, n, false);
}

/** sum := sum + x, n floats each. */
export function addInto(sum: usize, x: usize, n: u32): void {
  const vectors = wholeVectors(n);
  for (let i: usize = 0; i < vectors; i += 16) four(sum, x, i, true);
  for (let i = vectors, end = <usize>n << 2; i < end; i += 4) {
    store<f32>(sum + i, load<f32>(sum + i) + load<f32>(x + i));
  }
}

/** `addInto`, and `sumOfSquares` of what it gives, in one pass: the same numbers. */
export function addIntoWithSquares(sum: usize, x: usize, n: u32): f64 {
  return squaresAfter(sum, x, n, true);
}
