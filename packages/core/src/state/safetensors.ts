import { check, SteadyformerError, show } from '../checks/errors';
import { HEADER_LIMIT, headerLength, LENGTH_BYTES, METADATA, parseHeader } from './safetensorsHeader';
import { readNumbers } from './safetensorsNumbers';

/** A float32 array with its shape. */
export interface NamedArray {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** Tensors and metadata of a safetensors file. */
export interface SafetensorsFile {
  /** By name, and without a prototype: every name is a name. */
  readonly tensors: Readonly<Record<string, NamedArray>>;
  readonly metadata: Readonly<Record<string, string>>;
}

const sizeOf = (shape: readonly number[]): number => shape.reduce((product, n) => product * n, 1);

/** Memory for a tensor. Throws where this machine or engine has none so large. */
export const arrayFor = (name: string, shape: readonly number[]): Float32Array => {
  try {
    return new Float32Array(sizeOf(shape));
  } catch {
    throw new SteadyformerError(`tensor '${name}': no memory for the ${sizeOf(shape)} numbers of its shape`);
  }
};

/** Throws on a name that JSON in UTF-8 cannot hold. */
const checkText = (what: string, text: string): void =>
  check(!/\p{Surrogate}/u.test(text), what, text, 'Unicode text; this holds half of a surrogate pair');

/** The start of a file: 8 bytes of header length and the header, padded so that the arrays begin at a multiple of 8. */
export const encodeHeader = (
  tensors: Readonly<Record<string, NamedArray>>,
  metadata: Readonly<Record<string, string>>,
): Uint8Array => {
  const header: [string, unknown][] = [];
  for (const [key, value] of Object.entries(metadata)) {
    checkText('safetensors metadata', key);
    const what = `safetensors metadata '${key}'`;
    check(typeof value === 'string', what, value, 'strings');
    checkText(what, value);
  }
  if (Object.keys(metadata).length > 0) header.push([METADATA, metadata]);
  let offset = 0;
  for (const [name, { shape, data }] of Object.entries(tensors)) {
    checkText('name of a tensor', name);
    const other = 'every other: safetensors files keep their metadata under it';
    check(name !== METADATA, 'name of a tensor', name, other);
    if (data.length !== sizeOf(shape)) {
      throw new SteadyformerError(
        `tensor '${name}': ${data.length} numbers received, its shape ${show(shape)} holds ${sizeOf(shape)}`,
      );
    }
    const end = offset + data.byteLength;
    header.push([name, { dtype: 'F32', shape, data_offsets: [offset, end] }]);
    offset = end;
  }
  const text = new TextEncoder().encode(JSON.stringify(Object.fromEntries(header)));
  const length = Math.ceil(text.length / 8) * 8;
  if (length > HEADER_LIMIT) {
    throw new SteadyformerError(
      `the header of this safetensors file would take ${length} bytes, the format allows ${HEADER_LIMIT}; shorten the metadata, or write several files`,
    );
  }
  const start = new Uint8Array(LENGTH_BYTES + length);
  start.fill(0x20, LENGTH_BYTES);
  new DataView(start.buffer).setBigUint64(0, BigInt(length), true);
  start.set(text, LENGTH_BYTES);
  return start;
};

/** The bytes of an array, without a copy. */
export const bytesOf = (data: Float32Array): Uint8Array =>
  new Uint8Array(data.buffer, data.byteOffset, data.byteLength);

/**
 * A safetensors file: 8 bytes of header length (little-endian), a JSON header, the raw arrays. Opened by Hugging
 * Face's safetensors library. Throws on what the format cannot hold: a tensor `__metadata__`, metadata that are no
 * strings, names that are no Unicode text, a header of more than 100 MB.
 */
export const encodeSafetensors = (
  tensors: Readonly<Record<string, NamedArray>>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array => {
  const start = encodeHeader(tensors, metadata);
  const arrays = Object.values(tensors).map(({ data }) => bytesOf(data));
  const file = new Uint8Array(arrays.reduce((sum, { length }) => sum + length, start.length));
  file.set(start);
  let at = start.length;
  for (const bytes of arrays) {
    file.set(bytes, at);
    at += bytes.length;
  }
  return file;
};

/**
 * Reads a safetensors file. Numbers of every type of the format of one to eight bytes (but F8_* and C64) come as
 * float32: F16 and BF16 exactly, F64 rounded, BOOL as 0 and 1, whole numbers exactly or not at all. Throws where the
 * file is not whole (a byte belongs to no tensor or to two, a name stands twice), and where a number has no float32.
 */
export const decodeSafetensors = (file: Uint8Array): SafetensorsFile => {
  const length = headerLength(file, file.length);
  const body = file.subarray(LENGTH_BYTES + length);
  const { entries, metadata } = parseHeader(file.subarray(LENGTH_BYTES, LENGTH_BYTES + length), body.length);
  const tensors: Record<string, NamedArray> = Object.create(null);
  for (const { name, dtype, shape, from, to } of entries) {
    // Memory of its own: aligned, without hold on the file (whose `slice` need not copy: Buffer's does not).
    const data = arrayFor(name, shape);
    const bytes = body.subarray(from, to);
    if (dtype === 'F32') bytesOf(data).set(bytes);
    else readNumbers(dtype, bytes, data, 0, name);
    tensors[name] = { shape, data };
  }
  return { tensors, metadata };
};
