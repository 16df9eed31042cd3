import { exp4 } from './exp';
import { loadSome, storeSome } from './lanes';
import { GELU_1, GELU_3, GELU_9, ONE } from './variables';
import { read, write } from './vector';

/**
 * dz = dy [y > 0] of y = relu(z), and dBias_j = sum over rows of dz_ij; dy, y, dz [rows, columns], dBias [columns]. As a
 * product: 0 times Infinity is NaN. dz may be dy.
 */
export function reluGrad(dy: usize, y: usize, rows: usize, columns: usize, dz: usize, dBias: usize): void {
  gradient(false, dy, y, rows, columns, dz, dBias);
}

/**
 * The same of gelu in its tanh form (Hendrycks and Gimpel 2016), gelu(z) = z s, s = sigmoid(z (a + b z^2)), a = 2 sqrt(2 /
 * pi), b = 0.044715 a: dz = dy s (1 + z (a + 3 b z^2) (1 - s)). dz may be dy.
 */
export function geluGrad(dy: usize, z: usize, rows: usize, columns: usize, dz: usize, dBias: usize): void {
  gradient(true, dy, z, rows, columns, dz, dBias);
}

@inline
function slope4(gelu: bool, x: v128): v128 {
  // 1 at NaN.
  if (!gelu) return v128.andnot(ONE, f32x4.le(x, f32x4.splat(0)));
  const square = f32x4.mul(x, x);
  const exponent = f32x4.mul(f32x4.neg(x), f32x4.add(f32x4.mul(square, GELU_3), GELU_1));
  // 1 - s = e s: exact also where s is close to 1. Beyond e^80, e s would be Infinity times 0.
  const e = exp4(f32x4.pmin(exponent, f32x4.splat(80)));
  const s = f32x4.div(ONE, f32x4.add(ONE, e));
  const steep = f32x4.mul(x, f32x4.add(f32x4.mul(square, GELU_9), GELU_1));
  return f32x4.mul(s, f32x4.add(f32x4.mul(steep, f32x4.mul(e, s)), ONE));
}

/** For what lies at the end of a row. */
function geluSlope(x: v128): v128 {
  return slope4(true, x);
}

/** Row by row: rows of a power of two, several at a time, would share the places of a first-level cache. */
@inline
function gradient(
  gelu: bool,
  dy: usize,
  saved: usize,
  rows: usize,
  columns: usize,
  dz: usize,
  dBias: usize,
): void {
  const bytes = columns << 2;
  const vectors = bytes & ~15;
  const n = columns & 3;
  memory.fill(dBias, 0, bytes);
  for (; rows > 0; rows--) {
    for (let j: usize = 0; j < vectors; j += 16) {
      const d = f32x4.mul(read(dy + j), slope4(gelu, read(saved + j)));
      write(dz + j, d);
      write(dBias + j, f32x4.add(read(dBias + j), d));
    }
    if (n > 0) {
      const zero = f32x4.splat(0);
      const some = loadSome(saved + vectors, n, zero);
      const d = f32x4.mul(loadSome(dy + vectors, n, zero), gelu ? geluSlope(some) : slope4(false, some));
      storeSome(dz + vectors, n, d);
      storeSome(dBias + vectors, n, f32x4.add(loadSome(dBias + vectors, n, zero), d));
    }
    dy += bytes;
    saved += bytes;
    dz += bytes;
  }
}
