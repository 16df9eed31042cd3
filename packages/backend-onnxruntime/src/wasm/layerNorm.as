import { scaleRow, squaredDistance } from './normRows';
import { lanes, read, wholeVectors, write } from './vector';

/** What is normalised: x itself, x + branch, or omega x + branch. */
const PLAIN: i32 = 0;
const SUM: i32 = 1;
const SCALED_SUM: i32 = 2;

@inline
function joined(x: v128, branch: usize, omega: usize, form: i32): v128 {
  if (form == PLAIN) return x;
  return f32x4.add(form == SUM ? x : f32x4.mul(x, read(omega)), read(branch));
}

@inline
function joinedOne(x: f32, branch: usize, omega: usize, form: i32): f32 {
  if (form == PLAIN) return x;
  return (form == SUM ? x : x * load<f32>(omega)) + load<f32>(branch);
}

/** The sum of a joined row, which is left in `row` where it is not x itself. */
@inline
function joinRow(x: usize, branch: usize, omega: usize, row: usize, width: u32, form: i32): f32 {
  let a = f32x4.splat(0);
  let b = f32x4.splat(0);
  const vectors = wholeVectors(width);
  let j: usize = 0;
  for (const pairs = vectors & ~31; j < pairs; j += 32) {
    const first = joined(read(x + j), branch + j, omega + j, form);
    const second = joined(read(x + j + 16), branch + j + 16, omega + j + 16, form);
    if (form != PLAIN) {
      write(row + j, first);
      write(row + j + 16, second);
    }
    a = f32x4.add(a, first);
    b = f32x4.add(b, second);
  }
  if (j < vectors) {
    const last = joined(read(x + j), branch + j, omega + j, form);
    if (form != PLAIN) write(row + j, last);
    a = f32x4.add(a, last);
    j += 16;
  }
  let sum = lanes(f32x4.add(a, b));
  for (const end = <usize>width << 2; j < end; j += 4) {
    const last = joinedOne(load<f32>(x + j), branch + j, omega + j, form);
    if (form != PLAIN) store<f32>(row + j, last);
    sum += last;
  }
  return sum;
}

@inline
function normRows(
  x: usize,
  branch: usize,
  omega: usize,
  gain: usize,
  bias: usize,
  y: usize,
  normalised: usize,
  inverse: usize,
  rows: u32,
  width: u32,
  epsilon: f32,
  form: i32,
): void {
  const stride = <usize>width << 2;
  for (let r: u32 = 0; r < rows; r++) {
    const at = r * stride;
    const mean = joinRow(x + at, branch + at, omega, normalised + at, width, form) / <f32>width;
    const row = form == PLAIN ? x + at : normalised + at;
    const variance = squaredDistance(row, mean, width) / <f32>width;
    const own = <f32>1 / sqrt<f32>(variance + epsilon);
    scaleRow(row, normalised + at, y + at, gain, bias, mean, own, width, true);
    store<f32>(inverse + (<usize>r << 2), own);
  }
}

/**
 * Layer norm of `rows` rows (Ba et al. 2016), with all that its gradient needs; biased variance:
 *
 *   inverse = 1 / sqrt(mean((x - mean(x))^2) + epsilon);   normalised = (x - mean(x)) inverse
 *   y = normalised gain + bias
 *
 * x, y, normalised [rows, width]; inverse [rows]; gain, bias [width].
 */
export function layerNorm(
  x: usize,
  gain: usize,
  bias: usize,
  y: usize,
  normalised: usize,
  inverse: usize,
  rows: u32,
  width: u32,
  epsilon: f32,
): void {
  normRows(x, 0, 0, gain, bias, y, normalised, inverse, rows, width, epsilon, PLAIN);
}

/** The layer norm of shortcut + branch. */
export function addLayerNorm(
  shortcut: usize,
  branch: usize,
  gain: usize,
  bias: usize,
  y: usize,
  normalised: usize,
  inverse: usize,
  rows: u32,
  width: u32,
  epsilon: f32,
): void {
  normRows(shortcut, branch, 0, gain, bias, y, normalised, inverse, rows, width, epsilon, SUM);
}

/** The layer norm of omega shortcut + branch, omega [width]: the join of Admin (Liu et al. 2020, section 4). */
export function scaledAddLayerNorm(
  shortcut: usize,
  branch: usize,
  omega: usize,
  gain: usize,
  bias: usize,
  y: usize,
  normalised: usize,
  inverse: usize,
  rows: u32,
  width: u32,
  epsilon: f32,
): void {
  normRows(shortcut, branch, omega, gain, bias, y, normalised, inverse, rows, width, epsilon, SCALED_SUM);
}
