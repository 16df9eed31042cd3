import { lanes, read, wholeVectors, write } from './vector';

/** sum_j (row_j - mean)^2: about the mean, as E(x^2) - mean^2 cancels where the mean is large. */
@inline
export function squaredDistance(row: usize, mean: f32, width: u32): f32 {
  const means = f32x4.splat(mean);
  let a = f32x4.splat(0);
  let b = f32x4.splat(0);
  const vectors = wholeVectors(width);
  let j: usize = 0;
  for (const pairs = vectors & ~31; j < pairs; j += 32) {
    const first = f32x4.sub(read(row + j), means);
    const second = f32x4.sub(read(row + j + 16), means);
    a = f32x4.add(a, f32x4.mul(first, first));
    b = f32x4.add(b, f32x4.mul(second, second));
  }
  if (j < vectors) {
    const last = f32x4.sub(read(row + j), means);
    a = f32x4.add(a, f32x4.mul(last, last));
    j += 16;
  }
  let sum = lanes(f32x4.add(a, b));
  for (const end = <usize>width << 2; j < end; j += 4) {
    const last = load<f32>(row + j) - mean;
    sum += last * last;
  }
  return sum;
}

/** normalised := (row - mean) inverse; y := normalised gain, and + bias where `biased`. `normalised` may be `row`. */
@inline
export function scaleRow(
  row: usize,
  normalised: usize,
  y: usize,
  gain: usize,
  bias: usize,
  mean: f32,
  inverse: f32,
  width: u32,
  biased: bool,
): void {
  const means = f32x4.splat(mean);
  const inverses = f32x4.splat(inverse);
  const vectors = wholeVectors(width);
  for (let j: usize = 0; j < vectors; j += 16) {
    const normal = f32x4.mul(f32x4.sub(read(row + j), means), inverses);
    write(normalised + j, normal);
    const scaled = f32x4.mul(normal, read(gain + j));
    write(y + j, biased ? f32x4.add(scaled, read(bias + j)) : scaled);
  }
  for (let j = vectors, end = <usize>width << 2; j < end; j += 4) {
    const normal = (load<f32>(row + j) - mean) * inverse;
    store<f32>(normalised + j, normal);
    const scaled = normal * load<f32>(gain + j);
    store<f32>(y + j, biased ? scaled + load<f32>(bias + j) : scaled);
  }
}

/** sum := sum + x */
@inline
export function accumulate(sum: usize, x: v128): void {
  write(sum, f32x4.add(read(sum), x));
}

@inline
export function accumulateOne(sum: usize, x: f32): void {
  store<f32>(sum, load<f32>(sum) + x);
}

/**
 * dx of a row of a norm; dGain += dy n, and where the norm is about the mean (`centred`) dBias += dy. Rows come one
 * after another: whoever reads several at once waits for memory.
 */
@inline
export function backRow(
  dy: usize,
  n: usize,
  inverse: f32,
  gain: usize,
  dx: usize,
  dGain: usize,
  dBias: usize,
  width: u32,
  centred: bool,
): void {
  const vectors = wholeVectors(width);
  const end = <usize>width << 2;
  let sumVector = f32x4.splat(0);
  let alongVector = f32x4.splat(0);
  for (let j: usize = 0; j < vectors; j += 16) {
    const d = read(dy + j);
    const scaled = f32x4.mul(d, read(gain + j));
    const normal = read(n + j);
    alongVector = f32x4.add(alongVector, f32x4.mul(scaled, normal));
    if (centred) {
      sumVector = f32x4.add(sumVector, scaled);
      accumulate(dBias + j, d);
    }
    accumulate(dGain + j, f32x4.mul(d, normal));
  }
  let sum = lanes(sumVector);
  let alongSum = lanes(alongVector);
  for (let j = vectors; j < end; j += 4) {
    const d = load<f32>(dy + j);
    const scaled = d * load<f32>(gain + j);
    const normal = load<f32>(n + j);
    alongSum += scaled * normal;
    if (centred) {
      sum += scaled;
      accumulateOne(dBias + j, d);
    }
    accumulateOne(dGain + j, d * normal);
  }
  const mean = sum / <f32>width;
  const slope = alongSum / <f32>width;
  const means = f32x4.splat(mean);
  const slopes = f32x4.splat(slope);
  const inverses = f32x4.splat(inverse);
  for (let j: usize = 0; j < vectors; j += 16) {
    const along = f32x4.mul(read(n + j), slopes);
    const taken = centred ? f32x4.add(along, means) : along;
    write(dx + j, f32x4.mul(f32x4.sub(f32x4.mul(read(dy + j), read(gain + j)), taken), inverses));
  }
  for (let j = vectors; j < end; j += 4) {
    const along = load<f32>(n + j) * slope;
    const taken = centred ? along + mean : along;
    store<f32>(dx + j, (load<f32>(dy + j) * load<f32>(gain + j) - taken) * inverse);
  }
}
