import { read, write } from './vector';

/**
 * dWeight [vocabulary, width] := 0, then dWeight[ids_i] += dy_i for every row i of dy [rows, width], in order. Every id is
 * in [0, vocabulary).
 */
export function embeddingGrad(
  dy: usize,
  ids: usize,
  rows: usize,
  width: usize,
  vocabulary: usize,
  dWeight: usize,
): void {
  const bytes = width << 2;
  const vectors = bytes & ~15;
  memory.fill(dWeight, 0, vocabulary * bytes);
  for (; rows > 0; rows--) {
    const to = dWeight + <usize>load<i32>(ids) * bytes;
    for (let j: usize = 0; j < vectors; j += 16) write(to + j, f32x4.add(read(to + j), read(dy + j)));
    for (let j = vectors; j < bytes; j += 4) store<f32>(to + j, load<f32>(to + j) + load<f32>(dy + j));
    dy += bytes;
    ids += 4;
  }
}
