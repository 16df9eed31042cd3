import { accumulate, accumulateOne, backRow } from './normRows';
import { read, wholeVectors, write } from './vector';

/** dShortcut = dx omega of a row; dOmega += dx shortcut */
@inline
function backJoin(dx: usize, shortcut: usize, omega: usize, dShortcut: usize, dOmega: usize, width: u32): void {
  const vectors = wholeVectors(width);
  for (let j: usize = 0; j < vectors; j += 16) {
    const d = read(dx + j);
    write(dShortcut + j, f32x4.mul(d, read(omega + j)));
    accumulate(dOmega + j, f32x4.mul(d, read(shortcut + j)));
  }
  for (let j = vectors, end = <usize>width << 2; j < end; j += 4) {
    const d = load<f32>(dx + j);
    store<f32>(dShortcut + j, d * load<f32>(omega + j));
    accumulateOne(dOmega + j, d * load<f32>(shortcut + j));
  }
}

/**
 * The gradient of layer norm's x, gain and bias from what its forward pass kept; means over a row, sums over rows:
 *
 *   dx = (dy gain - mean(dy gain) - normalised mean(dy gain normalised)) inverse
 *   dGain = sum dy normalised;   dBias = sum dy
 *
 * dy, normalised, dx [rows, width]; inverse [rows]; gain, dGain, dBias [width]. dx may lie where dy does.
 */
export function layerNormGrad(
  dy: usize,
  normalised: usize,
  inverse: usize,
  gain: usize,
  dx: usize,
  dGain: usize,
  dBias: usize,
  rows: u32,
  width: u32,
): void {
  const stride = <usize>width << 2;
  memory.fill(dGain, 0, stride);
  memory.fill(dBias, 0, stride);
  for (let r: u32 = 0; r < rows; r++) {
    const at = r * stride;
    const own = load<f32>(inverse + (<usize>r << 2));
    backRow(dy + at, normalised + at, own, gain, dx + at, dGain, dBias, width, true);
  }
}

/**
 * The same for the norm of omega shortcut + branch, of which dx is the gradient of branch; also
 *
 *   dShortcut = dx omega;   dOmega = sum dx shortcut
 *
 * shortcut, dShortcut [rows, width]; omega, dOmega [width].
 */
export function scaledAddLayerNormGrad(
  dy: usize,
  normalised: usize,
  inverse: usize,
  gain: usize,
  shortcut: usize,
  omega: usize,
  dx: usize,
  dGain: usize,
  dBias: usize,
  dShortcut: usize,
  dOmega: usize,
  rows: u32,
  width: u32,
): void {
  const stride = <usize>width << 2;
  memory.fill(dGain, 0, stride);
  memory.fill(dBias, 0, stride);
  memory.fill(dOmega, 0, stride);
  for (let r: u32 = 0; r < rows; r++) {
    const at = r * stride;
    const own = load<f32>(inverse + (<usize>r << 2));
    backRow(dy + at, normalised + at, own, gain, dx + at, dGain, dBias, width, true);
    backJoin(dx + at, shortcut + at, omega, dShortcut + at, dOmega, width);
  }
}
