import { read, write } from './vector';

/**
 * Rows of x [rows, columns] as bytes q = round(x / scale) + levels + 1, scale = greatest |x| of the row / levels: scales [rows].
 * A row that holds what is not finite has a scale that is not.
 */
export function quantizeRows(x: usize, rows: usize, columns: usize, levels: f32, q: usize, scales: usize): void {
  const bytes = columns << 2;
  const sixteens = bytes & ~63;
  const zero = i32x4.splat(<i32>levels + 1);
  for (; rows > 0; rows--) {
    let most = f32x4.splat(0);
    let at: usize = 0;
    for (; at + 16 <= bytes; at += 16) most = f32x4.max(most, f32x4.abs(read(x + at)));
    let greatest = max<f32>(
      max<f32>(f32x4.extract_lane(most, 0), f32x4.extract_lane(most, 1)),
      max<f32>(f32x4.extract_lane(most, 2), f32x4.extract_lane(most, 3)),
    );
    for (; at < bytes; at += 4) greatest = max<f32>(greatest, abs<f32>(load<f32>(x + at)));
    store<f32>(scales, greatest / levels);
    scales += 4;
    const inverse: f32 = greatest > 0 ? levels / greatest : 0;
    const factor = f32x4.splat(inverse);
    for (at = 0; at < sixteens; at += 64) {
      const low = i16x8.narrow_i32x4_s(whole(x + at, factor, zero), whole(x + at + 16, factor, zero));
      const high = i16x8.narrow_i32x4_s(whole(x + at + 32, factor, zero), whole(x + at + 48, factor, zero));
      v128.store(q, i8x16.narrow_i16x8_u(low, high), 0, 1);
      q += 16;
    }
    for (; at < bytes; at += 4) {
      store<u8>(q, <u8>(<i32>nearest<f32>(finite(load<f32>(x + at) * inverse)) + <i32>levels + 1));
      q++;
    }
    x += bytes;
  }
}

/** What is not finite counts as 0: its row's scale says so. */
@inline
function finite(x: f32): f32 {
  return abs<f32>(x) < 1000 ? x : 0;
}

@inline
function whole(x: usize, factor: v128, zero: v128): v128 {
  return i32x4.add(i32x4.trunc_sat_f32x4_s(f32x4.nearest(f32x4.mul(read(x), factor))), zero);
}

/** z := scale z + bias, or max of that and 0, for every row of z [rows, columns]; scales [rows], bias [columns]. */
export function scaleBias(
  z: usize,
  scales: usize,
  biased: bool,
  bias: usize,
  relu: bool,
  rows: usize,
  columns: usize,
): void {
  const bytes = columns << 2;
  const vectors = bytes & ~15;
  const zero = f32x4.splat(0);
  for (; rows > 0; rows--) {
    const scale = load<f32>(scales);
    const factor = f32x4.splat(scale);
    scales += 4;
    let at: usize = 0;
    for (; at < vectors; at += 16) {
      let y = f32x4.mul(read(z + at), factor);
      if (biased) y = f32x4.add(y, read(bias + at));
      // The pseudo form gives the second operand only where it is greater: NaN stays.
      write(z + at, relu ? f32x4.pmax(y, zero) : y);
    }
    for (; at < bytes; at += 4) {
      let y = load<f32>(z + at) * scale;
      if (biased) y += load<f32>(bias + at);
      store<f32>(z + at, relu && y < 0 ? 0 : y);
    }
    z += bytes;
  }
}
