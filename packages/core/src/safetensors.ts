import { SteadyformerError } from './errors';

/** A float32 array with its shape. */
export interface NamedArray {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

interface HeaderEntry {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly data_offsets: readonly [number, number];
}

/**
 * A safetensors file: 8 bytes of header length (little-endian), a JSON header, the raw arrays. Opened by Hugging
 * Face's safetensors library. Metadata values are strings, as the format demands.
 */
export const encodeSafetensors = (
  tensors: Readonly<Record<string, NamedArray>>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array => {
  const header: Record<string, HeaderEntry | Readonly<Record<string, string>>> = {};
  if (Object.keys(metadata).length > 0) header.__metadata__ = metadata;
  let offset = 0;
  for (const [name, { shape, data }] of Object.entries(tensors)) {
    if (data.length !== sizeOf(shape)) {
      throw new SteadyformerError(
        `tensor '${name}': ${data.length} numbers received, its shape [${shape.join(', ')}] holds ${sizeOf(shape)}`,
      );
    }
    const end = offset + data.byteLength;
    header[name] = { dtype: 'F32', shape, data_offsets: [offset, end] };
    offset = end;
  }
  const text = new TextEncoder().encode(JSON.stringify(header));
  // Padded with spaces so that the arrays start at a multiple of 8.
  const headerLength = Math.ceil(text.length / 8) * 8;
  const file = new Uint8Array(8 + headerLength + offset);
  file.fill(0x20, 8, 8 + headerLength);
  new DataView(file.buffer).setBigUint64(0, BigInt(headerLength), true);
  file.set(text, 8);
  let at = 8 + headerLength;
  for (const { data } of Object.values(tensors)) {
    file.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), at);
    at += data.byteLength;
  }
  return file;
};

export interface SafetensorsFile {
  readonly tensors: Readonly<Record<string, NamedArray>>;
  readonly metadata: Readonly<Record<string, string>>;
}

const sizeOf = (shape: readonly number[]): number => shape.reduce((product, n) => product * n, 1);

const broken = (why: string): SteadyformerError =>
  new SteadyformerError(`not a readable safetensors file: ${why}. The file may be cut off; get it anew.`);

/** Reads a safetensors file of float32 arrays. Throws where it is damaged or holds another type. */
export const decodeSafetensors = (file: Uint8Array): SafetensorsFile => {
  if (file.length < 8) throw broken(`${file.length} bytes, a header length alone takes 8`);
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const headerLength = Number(view.getBigUint64(0, true));
  if (8 + headerLength > file.length) {
    throw broken(`the header should take ${headerLength} bytes, ${file.length - 8} are there`);
  }
  const header = parseHeader(new TextDecoder().decode(file.subarray(8, 8 + headerLength)));
  const body = file.subarray(8 + headerLength);
  const tensors: Record<string, NamedArray> = {};
  let metadata: Readonly<Record<string, string>> = {};
  for (const [name, entry] of Object.entries(header)) {
    if (name === '__metadata__') metadata = entry as Record<string, string>;
    else tensors[name] = readArray(name, entry, body);
  }
  return { tensors, metadata };
};

const parseHeader = (text: string): Readonly<Record<string, unknown>> => {
  try {
    const header: unknown = JSON.parse(text);
    if (isRecord(header)) return header;
  } catch {
    // Said below, as for JSON of another kind.
  }
  throw broken('the header is not a JSON object');
};

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isWholeNumbers = (value: unknown): value is readonly number[] =>
  Array.isArray(value) && value.every((n) => Number.isSafeInteger(n) && n >= 0);

const headerEntry = (name: string, entry: unknown): HeaderEntry => {
  if (isRecord(entry)) {
    const { dtype, shape, data_offsets: offsets } = entry;
    if (typeof dtype === 'string' && isWholeNumbers(shape) && isWholeNumbers(offsets)) {
      const [from, to] = offsets;
      if (from !== undefined && to !== undefined) return { dtype, shape, data_offsets: [from, to] };
    }
  }
  throw broken(`the header of tensor '${name}' is not a dtype, a shape and two offsets`);
};

const readArray = (name: string, entry: unknown, body: Uint8Array): NamedArray => {
  const { dtype, shape, data_offsets } = headerEntry(name, entry);
  const [from, to] = data_offsets;
  if (dtype !== 'F32') {
    throw new SteadyformerError(
      `tensor '${name}' of the safetensors file is ${dtype}, allowed F32. Convert it to float32 first.`,
    );
  }
  const size = sizeOf(shape);
  if (to - from !== size * 4 || to > body.length) {
    throw broken(`tensor '${name}' of shape [${shape.join(', ')}] does not fit its bytes ${from} to ${to}`);
  }
  // Copied into memory of its own: aligned, without hold on the file (whose `slice` need not copy: Buffer's does not).
  const data = new Float32Array(size);
  new Uint8Array(data.buffer).set(body.subarray(from, to));
  return { shape, data };
};
