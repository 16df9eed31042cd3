import { lanes, read, wholeVectors, write } from './vector';

/** sum := sum + x */
@inline
function accumulate(sum: usize, x: v128): void {
  write(sum, f32x4.add(read(sum), x));
}

@inline
function accumulateOne(sum: usize, x: f32): void {
  store<f32>(sum, load<f32>(sum) + x);
}

/** dx of a row; dGain += dy n, dBias += dy. Rows one after another: what reads several at once waits for memory. */
@inline
function backRow(
  dy: usize,
  n: usize,
  inverse: f32,
  gain: usize,
  dx: usize,
  dGain: usize,
  dBias: usize,
  width: u32,
): void {
  const vectors = wholeVectors(width);
  const end = <usize>width << 2;
  let sumVector = f32x4.splat(0);
  let alongVector = f32x4.splat(0);
  for (let j: usize = 0; j < vectors; j += 16) {
    const d = read(dy + j);
    const scaled = f32x4.mul(d, read(gain + j));
    const normal = read(n + j);
    sumVector = f32x4.add(sumVector, scaled);
    alongVector = f32x4.add(alongVector, f32x4.mul(scaled, normal));
    accumulate(dBias + j, d);
    accumulate(dGain + j, f32x4.mul(d, normal));
  }
  let sum = lanes(sumVector);
  let along = lanes(alongVector);
  for (let j = vectors; j < end; j += 4) {
    const d = load<f32>(dy + j);
    const scaled = d * load<f32>(gain + j);
    const normal = load<f32>(n + j);
    sum += scaled;
    along += scaled * normal;
    accumulateOne(dBias + j, d);
    accumulateOne(dGain + j, d * normal);
  }
  const mean = sum / <f32>width;
  const slope = along / <f32>width;
  const means = f32x4.splat(mean);
  const slopes = f32x4.splat(slope);
  const inverses = f32x4.splat(inverse);
  for (let j: usize = 0; j < vectors; j += 16) {
    const taken = f32x4.add(f32x4.mul(read(n + j), slopes), means);
    write(dx + j, f32x4.mul(f32x4.sub(f32x4.mul(read(dy + j), read(gain + j)), taken), inverses));
  }
  for (let j = vectors; j < end; j += 4) {
    const taken = load<f32>(n + j) * slope + mean;
    store<f32>(dx + j, (load<f32>(dy + j) * load<f32>(gain + j) - taken) * inverse);
  }
}

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
    backRow(dy + at, normalised + at, own, gain, dx + at, dGain, dBias, width);
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
    backRow(dy + at, normalised + at, own, gain, dx + at, dGain, dBias, width);
    backJoin(dx + at, shortcut + at, omega, dShortcut + at, dOmega, width);
  }
}
