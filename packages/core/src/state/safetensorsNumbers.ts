import { SteadyformerError } from '../checks/errors';

/** A number type of the format. */
export interface NumberType {
  readonly bits: number;
  /** Element `i` of the bytes as a number, for types of whole bytes that are read here. */
  readonly at?: (bytes: DataView, i: number) => number;
}

const half = (bits: number): number => {
  const [sign, exponent, fraction] = [bits & 0x8000 ? -1 : 1, (bits >> 10) & 0x1f, bits & 0x3ff];
  if (exponent === 0x1f) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1024 + fraction) * 2 ** (exponent - 25);
};

/** What bfloat16 leaves of a float32 is its upper half. */
const word = new DataView(new ArrayBuffer(4));
const bfloat = (bits: number): number => {
  word.setUint32(0, bits << 16);
  return word.getFloat32(0);
};

/** The number types of the format by name; those without `at` hold no single numbers of whole bytes, or too few bits. */
export const NUMBER_TYPES: ReadonlyMap<string, NumberType> = new Map<string, NumberType>([
  ['F32', { bits: 32, at: (bytes, i) => bytes.getFloat32(4 * i, true) }],
  ['F64', { bits: 64, at: (bytes, i) => bytes.getFloat64(8 * i, true) }],
  ['F16', { bits: 16, at: (bytes, i) => half(bytes.getUint16(2 * i, true)) }],
  ['BF16', { bits: 16, at: (bytes, i) => bfloat(bytes.getUint16(2 * i, true)) }],
  ['I64', { bits: 64, at: (bytes, i) => Number(bytes.getBigInt64(8 * i, true)) }],
  ['U64', { bits: 64, at: (bytes, i) => Number(bytes.getBigUint64(8 * i, true)) }],
  ['I32', { bits: 32, at: (bytes, i) => bytes.getInt32(4 * i, true) }],
  ['U32', { bits: 32, at: (bytes, i) => bytes.getUint32(4 * i, true) }],
  ['I16', { bits: 16, at: (bytes, i) => bytes.getInt16(2 * i, true) }],
  ['U16', { bits: 16, at: (bytes, i) => bytes.getUint16(2 * i, true) }],
  ['I8', { bits: 8, at: (bytes, i) => bytes.getInt8(i) }],
  ['U8', { bits: 8, at: (bytes, i) => bytes.getUint8(i) }],
  ['BOOL', { bits: 8, at: (bytes, i) => (bytes.getUint8(i) === 0 ? 0 : 1) }],
  ['C64', { bits: 64 }],
  ['F8_E4M3', { bits: 8 }],
  ['F8_E5M2', { bits: 8 }],
  ['F8_E8M0', { bits: 8 }],
  ['F6_E2M3', { bits: 6 }],
  ['F6_E3M2', { bits: 6 }],
  ['F4', { bits: 4 }],
]);

/** The names of those that are read. */
export const READABLE_TYPES: readonly string[] = [...NUMBER_TYPES]
  .filter(([, { at }]) => at)
  .map(([name]) => name);

const WHOLE = /^[IU]/;

/**
 * Writes the numbers that `bytes` hold to `out` from element `start`, as float32. Numbers of F64 are rounded; whole
 * numbers that float32 cannot hold (most beyond 2^24) and what overflows are errors that name the tensor.
 */
export const readNumbers = (
  dtype: string,
  bytes: Uint8Array,
  out: Float32Array,
  start: number,
  name: string,
): void => {
  const { bits, at } = NUMBER_TYPES.get(dtype)!;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const whole = WHOLE.test(dtype);
  const count = (8 * bytes.byteLength) / bits;
  for (let i = 0; i < count; i++) {
    const number = at!(view, i);
    out[start + i] = number;
    const kept = out[start + i]!;
    if (
      whole ? kept !== number || Math.abs(kept) > 2 ** 53 : Number.isFinite(number) && !Number.isFinite(kept)
    ) {
      throw new SteadyformerError(
        `tensor '${name}' of the safetensors file holds ${number} as ${dtype}, which float32 cannot; leave the tensor out, or convert it first.`,
      );
    }
  }
};
