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
    if (name === '__metadata__') metadata = entry as unknown as Record<string, string>;
    else tensors[name] = readArray(name, entry, body);
  }
  return { tensors, metadata };
};

const parseHeader = (text: string): Record<string, HeaderEntry> => {
  try {
    return JSON.parse(text) as Record<string, HeaderEntry>;
  } catch {
    throw broken('the header is not JSON');
  }
};

const readArray = (
  name: string,
  { dtype, shape, data_offsets: [from, to] }: HeaderEntry,
  body: Uint8Array,
): NamedArray => {
  if (dtype !== 'F32') {
    throw new SteadyformerError(
      `tensor '${name}' of the safetensors file is ${dtype}, allowed F32. Convert it to float32 first.`,
    );
  }
  const size = shape.reduce((product, n) => product * n, 1);
  if (to - from !== size * 4 || to > body.length || from < 0) {
    throw broken(`tensor '${name}' of shape [${shape.join(', ')}] does not fit its bytes ${from} to ${to}`);
  }
  // A copy, so that the array is aligned and does not hold on to the file.
  const bytes = body.slice(from, to);
  return { shape, data: new Float32Array(bytes.buffer, 0, size) };
};
