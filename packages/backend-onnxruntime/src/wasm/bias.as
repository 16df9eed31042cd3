import { loadSome, storeSome } from './lanes';
import { read, write } from './vector';

/** z := z + bias for every row of z [rows, columns], bias [columns]. */
export function addBias(z: usize, bias: usize, rows: usize, columns: usize): void {
  add(false, z, bias, rows, columns);
}

/** z := max(z + bias, 0), NaN where the sum is. */
export function biasRelu(z: usize, bias: usize, rows: usize, columns: usize): void {
  add(true, z, bias, rows, columns);
}

@inline
function add(relu: bool, z: usize, bias: usize, rows: usize, columns: usize): void {
  const vectors = (columns << 2) & ~15;
  const n = columns & 3;
  const zero = f32x4.splat(0);
  for (; rows > 0; rows--) {
    for (let j: usize = 0; j < vectors; j += 16) {
      const sum = f32x4.add(read(z + j), read(bias + j));
      // The pseudo form gives the second operand only where it is greater: NaN stays.
      write(z + j, relu ? f32x4.pmax(sum, zero) : sum);
    }
    if (n > 0) {
      const sum = f32x4.add(loadSome(z + vectors, n, zero), loadSome(bias + vectors, n, zero));
      storeSome(z + vectors, n, relu ? f32x4.pmax(sum, zero) : sum);
    }
    z += columns << 2;
  }
}

/** sums_j = sum over rows of x_ij, x [rows, columns], rows in order: four are added up before they are to those above. */
export function columnSums(x: usize, rows: usize, columns: usize, sums: usize): void {
  const bytes = columns << 2;
  const vectors = bytes & ~15;
  memory.fill(sums, 0, bytes);
  for (; rows >= 4; rows -= 4) {
    const y = x + 2 * bytes;
    for (let j: usize = 0; j < vectors; j += 16) {
      const first = f32x4.add(read(x + j), read(x + bytes + j));
      const second = f32x4.add(read(y + j), read(y + bytes + j));
      write(sums + j, f32x4.add(read(sums + j), f32x4.add(first, second)));
    }
    for (let j = vectors; j < bytes; j += 4) {
      const first = load<f32>(x + j) + load<f32>(x + bytes + j);
      const second = load<f32>(y + j) + load<f32>(y + bytes + j);
      store<f32>(sums + j, load<f32>(sums + j) + (first + second));
    }
    x = y + 2 * bytes;
  }
  for (; rows > 0; rows--) {
    for (let j: usize = 0; j < vectors; j += 16) write(sums + j, f32x4.add(read(sums + j), read(x + j)));
    for (let j = vectors; j < bytes; j += 4) store<f32>(sums + j, load<f32>(sums + j) + load<f32>(x + j));
    x += bytes;
  }
}
