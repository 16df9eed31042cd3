import { exp4 } from './exp';
import { loadSome } from './lanes';
import { lanes, read, wholeVectors } from './vector';

/**
 * What a search needs of logits x [rows, columns], in one pass for the `count` greatest of each row, best first, ties to the
 * earlier column, and one for the mass: values and indices [rows, count], mass [rows] = sum exp(x - greatest). log softmax of
 * a value v is (v - values[0]) - log mass. Where a row holds what is not a number, or nothing but -Infinity, its mass is none
 * either. 1 <= count <= columns; where fewer are above -Infinity, -Infinity and column 0 stand for the others.
 */
export function topLogits(
  x: usize,
  rows: usize,
  columns: usize,
  count: usize,
  values: usize,
  indices: usize,
  mass: usize,
): void {
  const bytes = columns << 2;
  const vectors = wholeVectors(<u32>columns);
  const eights = vectors & ~31;
  const last = (count - 1) << 2;
  for (let row: usize = 0; row < rows; row++) {
    for (let i: usize = 0; i <= last; i += 4) {
      store<f32>(values + i, -Infinity);
      store<u32>(indices + i, 0);
    }
    let least: f32 = -Infinity;
    let bound = f32x4.splat(least);
    let at: usize = 0;
    for (; at < eights; at += 32) {
      const a = read(x + at);
      const b = read(x + at + 16);
      if (v128.any_true(v128.or(f32x4.gt(a, bound), f32x4.gt(b, bound)))) {
        for (let i = at; i < at + 32; i += 4) least = entered(load<f32>(x + i), i >> 2, values, indices, last, least);
        bound = f32x4.splat(least);
      }
    }
    for (; at < bytes; at += 4) least = entered(load<f32>(x + at), at >> 2, values, indices, last, least);
    store<f32>(mass, massOf(x, bytes, vectors, load<f32>(values)));
    x += bytes;
    values += last + 4;
    indices += last + 4;
    mass += 4;
  }
}

/** Puts a number above the least of those kept in its place; gives the least. */
@inline
function entered(value: f32, column: usize, values: usize, indices: usize, last: usize, least: f32): f32 {
  if (!(value > least)) return least;
  let to = last;
  while (to > 0 && load<f32>(values + to - 4) < value) {
    store<f32>(values + to, load<f32>(values + to - 4));
    store<u32>(indices + to, load<u32>(indices + to - 4));
    to -= 4;
  }
  store<f32>(values + to, value);
  store<u32>(indices + to, <u32>column);
  return load<f32>(values + last);
}

function massOf(x: usize, bytes: usize, vectors: usize, top: f32): f32 {
  const greatest = f32x4.splat(top);
  let sum = f32x4.splat(0);
  let other = sum;
  let at: usize = 0;
  for (; at + 32 <= vectors; at += 32) {
    sum = f32x4.add(sum, exp4(f32x4.sub(read(x + at), greatest)));
    other = f32x4.add(other, exp4(f32x4.sub(read(x + at + 16), greatest)));
  }
  if (at < vectors) sum = f32x4.add(sum, exp4(f32x4.sub(read(x + at), greatest)));
  const n = (bytes & 15) >> 2;
  if (n > 0) {
    const rest = exp4(f32x4.sub(loadSome(x + vectors, n, f32x4.splat(-Infinity)), greatest));
    other = f32x4.add(other, rest);
  }
  return lanes(f32x4.add(sum, other));
}
