import { isRecord, SteadyformerError, show } from '../checks/errors';
import { broken } from './safetensorsErrors';
import { checkNames } from './safetensorsJson';
import { NUMBER_TYPES, READABLE_TYPES } from './safetensorsNumbers';

/** Where one tensor lies in the bytes after the header. */
export interface TensorEntry {
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly number[];
  /** From byte `from` up to, not including, `to`. */
  readonly from: number;
  readonly to: number;
}

export interface SafetensorsHeader {
  /** In the order in which they lie: without gap or overlap, from the first byte to the last. */
  readonly entries: readonly TensorEntry[];
  readonly metadata: Readonly<Record<string, string>>;
}

/** Bytes of the length that comes before a header. */
export const LENGTH_BYTES = 8;

/** The format's limit on a header, in bytes. */
export const HEADER_LIMIT = 100_000_000;

/** The name under which a header holds what are no tensors. */
export const METADATA = '__metadata__';

/** The length of the header, from the first bytes of a file of `size` bytes. Throws where the file is too short for it. */
export const headerLength = (first: Uint8Array, size: number): number => {
  if (size < LENGTH_BYTES) throw broken(`${size} bytes, a header length alone takes 8`);
  const length = new DataView(first.buffer, first.byteOffset).getBigUint64(0, true);
  if (length > HEADER_LIMIT) {
    throw broken(`a header of ${length} bytes, the format allows ${HEADER_LIMIT}`);
  }
  if (LENGTH_BYTES + Number(length) > size) {
    throw broken(`the header should take ${length} bytes, ${size - LENGTH_BYTES} are there`);
  }
  return Number(length);
};

/**
 * Reads a header, and checks it against the size of what follows: every byte belongs to one tensor, every name stands
 * once, every tensor is of a type that is read.
 */
export const parseHeader = (header: Uint8Array, bodySize: number): SafetensorsHeader => {
  const entries: TensorEntry[] = [];
  let metadata: Readonly<Record<string, string>> = Object.create(null);
  for (const [name, entry] of Object.entries(parseJson(header))) {
    if (name === METADATA) metadata = metadataOf(entry);
    else entries.push(tensorEntry(name, entry));
  }
  entries.sort((a, b) => a.from - b.from || a.to - b.to);
  checkCover(entries, bodySize);
  for (const { name, dtype } of entries) {
    if (READABLE_TYPES.includes(dtype)) continue;
    throw new SteadyformerError(
      `tensor '${name}' of the safetensors file is ${dtype}, allowed ${READABLE_TYPES.join(', ')}. Convert it to float32 first.`,
    );
  }
  return { entries, metadata };
};

/** Throws unless every byte of the body belongs to one tensor. */
const checkCover = (entries: readonly TensorEntry[], bodySize: number): void => {
  let end = 0;
  for (const { name, shape, dtype, from, to } of entries) {
    if (from !== end) {
      throw broken(`tensor '${name}' begins at byte ${from}, the one before it ends at ${end}`);
    }
    if (to - from !== bytesOf(shape, dtype)) {
      throw broken(`tensor '${name}' of shape ${show(shape)} does not fit its bytes ${from} to ${to}`);
    }
    end = to;
    if (to > bodySize) {
      throw broken(
        `tensor '${name}' of shape ${show(shape)} does not fit: it ends at byte ${to} of ${bodySize}`,
      );
    }
  }
  if (end < bodySize) throw broken(`${bodySize - end} bytes after the last tensor belong to none`);
};

/** NaN where the shape is beyond what can be counted, as a sum of sizes of bits that fill no bytes is. */
const bytesOf = (shape: readonly number[], dtype: string): number => {
  let size = 1;
  for (const n of shape) {
    size *= n;
    if (!Number.isSafeInteger(size)) return Number.NaN;
  }
  return (size * NUMBER_TYPES.get(dtype)!.bits) / 8;
};

const parseJson = (bytes: Uint8Array): Readonly<Record<string, unknown>> => {
  let text: string;
  let header: unknown;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    header = JSON.parse(text);
  } catch {
    throw broken('the header is not a JSON object');
  }
  if (!isRecord(header)) throw broken('the header is not a JSON object');
  checkNames(text);
  return header;
};

const isWholeNumbers = (value: unknown): value is readonly number[] =>
  Array.isArray(value) && value.every((n) => Number.isSafeInteger(n) && n >= 0);

const metadataOf = (value: unknown): Readonly<Record<string, string>> => {
  const out: Record<string, string> = Object.create(null);
  if (value === null) return out;
  if (!isRecord(value)) throw broken('its metadata are not a record of strings');
  for (const [key, text] of Object.entries(value)) {
    if (typeof text !== 'string') throw broken(`its metadata '${key}' is not a string`);
    out[key] = text;
  }
  return out;
};

const tensorEntry = (name: string, entry: unknown): TensorEntry => {
  if (isRecord(entry)) {
    const { dtype, shape, data_offsets: offsets } = entry;
    if (
      typeof dtype === 'string' &&
      isWholeNumbers(shape) &&
      isWholeNumbers(offsets) &&
      offsets.length === 2
    ) {
      if (!NUMBER_TYPES.has(dtype)) throw broken(`tensor '${name}' is of the unknown type '${dtype}'`);
      return { name, dtype, shape, from: offsets[0]!, to: offsets[1]! };
    }
  }
  throw broken(`the header of tensor '${name}' is not a dtype, a shape and two offsets`);
};
