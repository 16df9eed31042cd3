/** Numbers that share a scale: 8-bit numbers in blocks, as in Dettmers et al. 2022 (arXiv 2110.02861), section 2.1. */
const BLOCK = 256;
const LARGEST = 127;
const SCALE = 4;

const scalesOf = (size: number): number => SCALE * Math.ceil(size / BLOCK);

/** Bytes that `encodeChange` makes of so many numbers. */
export const changeBytes = (size: number): number => scalesOf(size) + size;

/**
 * A change [P] as whole numbers of 8 bits, each block of 256 with a scale of its own, a float32 in little-endian order
 * before all of them. What rounding loses is not lost: it is added to the next change that is encoded (error feedback, Seide et
 * al. 2014).
 *
 * @param change [P]
 * @param carried [P], what earlier changes lost; then holds what they and this one have
 */
export const encodeChange = (change: Float64Array, carried: Float32Array): Uint8Array => {
  const { length } = change;
  const bytes = new Uint8Array(changeBytes(length));
  const scales = new DataView(bytes.buffer, 0, scalesOf(length));
  const numbers = new Int8Array(bytes.buffer, scales.byteLength);
  for (let block = 0; block * BLOCK < length; block++) {
    const from = block * BLOCK;
    const to = Math.min(from + BLOCK, length);
    let most = 0;
    for (let i = from; i < to; i++) {
      const size = Math.abs(change[i]! + carried[i]!);
      // NaN stays, and is seen by all.
      if (size > most || Number.isNaN(size)) most = size;
    }
    const scale = Math.fround(most / LARGEST);
    scales.setFloat32(SCALE * block, scale, true);
    // Also what is too small for a scale of float32.
    if (scale === 0 || !Number.isFinite(scale)) {
      for (let i = from; i < to; i++) carried[i] = scale === 0 ? carried[i]! + change[i]! : 0;
      continue;
    }
    for (let i = from; i < to; i++) {
      const wanted = change[i]! + carried[i]!;
      const number = Math.max(-LARGEST, Math.min(LARGEST, Math.round(wanted / scale)));
      numbers[i] = number;
      carried[i] = wanted - number * scale;
    }
  }
  return bytes;
};

/** Adds the change that `encodeChange` made bytes of to a sum [P]. */
export const addChange = (bytes: Uint8Array, sum: Float64Array): void => {
  const scales = new DataView(bytes.buffer, bytes.byteOffset, scalesOf(sum.length));
  const numbers = new Int8Array(bytes.buffer, bytes.byteOffset + scales.byteLength, sum.length);
  for (let from = 0; from < sum.length; from += BLOCK) {
    const scale = scales.getFloat32((SCALE * from) / BLOCK, true);
    const to = Math.min(from + BLOCK, sum.length);
    for (let i = from; i < to; i++) sum[i] = sum[i]! + numbers[i]! * scale;
  }
};
