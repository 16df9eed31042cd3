import { backRow, scaleRow, squaredDistance } from './normRows';

/**
 * Root-mean-square norm of `rows` rows (Zhang and Sennrich 2019, eq. 4), with all that its gradient needs:
 *
 *   inverse = 1 / sqrt(mean(x^2) + epsilon);   normalised = x inverse;   y = normalised gain
 *
 * x, y, normalised [rows, width]; inverse [rows]; gain [width].
 */
export function rmsNorm(
  x: usize,
  gain: usize,
  y: usize,
  normalised: usize,
  inverse: usize,
  rows: u32,
  width: u32,
  epsilon: f32,
): void {
  const stride = <usize>width << 2;
  for (let r: u32 = 0; r < rows; r++) {
    const at = r * stride;
    const own = <f32>1 / sqrt<f32>(squaredDistance(x + at, 0, width) / <f32>width + epsilon);
    scaleRow(x + at, normalised + at, y + at, gain, 0, 0, own, width, false);
    store<f32>(inverse + (<usize>r << 2), own);
  }
}

/**
 * Its gradient; the mean over a row, the sum over rows:
 *
 *   dx = (dy gain - normalised mean(dy gain normalised)) inverse;   dGain = sum dy normalised
 *
 * dy, normalised, dx [rows, width]; inverse [rows]; gain, dGain [width]. dx may lie where dy does.
 */
export function rmsNormGrad(
  dy: usize,
  normalised: usize,
  inverse: usize,
  gain: usize,
  dx: usize,
  dGain: usize,
  rows: u32,
  width: u32,
): void {
  const stride = <usize>width << 2;
  memory.fill(dGain, 0, stride);
  for (let r: u32 = 0; r < rows; r++) {
    const at = r * stride;
    const own = load<f32>(inverse + (<usize>r << 2));
    backRow(dy + at, normalised + at, own, gain, dx + at, dGain, 0, width, false);
  }
}
