import type { FileHandle } from 'node:fs/promises';
import { arrayFor, bytesOf, encodeHeader, type NamedArray, type SafetensorsFile } from '../safetensors';
import { broken } from '../safetensorsErrors';
import { headerLength, LENGTH_BYTES, parseHeader, type TensorEntry } from '../safetensorsHeader';
import { readNumbers } from '../safetensorsNumbers';

/** What is done with every stretch of a file's bytes, in order: a checksum, for instance. */
export type Watch = (bytes: Uint8Array) => void;

/** Bytes that one system call moves; a multiple of 8, so that no number is cut. */
export const CHUNK: number = 1 << 24;

const chunks = function* (bytes: Uint8Array, chunk: number): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += chunk) yield bytes.subarray(at, at + chunk);
};

/** Writes a file from its start, array by array, without a copy. Returns its size in bytes. */
export const writeTo = async (
  file: FileHandle,
  tensors: Readonly<Record<string, NamedArray>>,
  metadata: Readonly<Record<string, string>>,
  watch: Watch = () => {},
  chunk: number = CHUNK,
): Promise<number> => {
  let position = 0;
  const arrays = Object.values(tensors).map(({ data }) => bytesOf(data));
  for (const array of [encodeHeader(tensors, metadata), ...arrays]) {
    for (const piece of chunks(array, chunk)) {
      watch(piece);
      let done = 0;
      while (done < piece.length) {
        const { bytesWritten } = await file.write(piece, done, piece.length - done, position + done);
        done += bytesWritten;
      }
      position += piece.length;
    }
  }
  return position;
};

/** Reads a file of `size` bytes, tensor by tensor, each into the memory that it comes back in. */
export const readFrom = async (
  file: FileHandle,
  size: number,
  watch: Watch = () => {},
  chunk: number = CHUNK,
): Promise<SafetensorsFile> => {
  const first = new Uint8Array(Math.min(LENGTH_BYTES, size));
  await fill(file, first, 0, watch, chunk);
  const header = new Uint8Array(headerLength(first, size));
  await fill(file, header, LENGTH_BYTES, watch, chunk);
  const start = LENGTH_BYTES + header.length;
  const { entries, metadata } = parseHeader(header, size - start);
  const tensors: Record<string, NamedArray> = Object.create(null);
  for (const entry of entries) {
    tensors[entry.name] = { shape: entry.shape, data: await readTensor(file, entry, start, watch, chunk) };
  }
  return { tensors, metadata };
};

const readTensor = async (
  file: FileHandle,
  { name, dtype, shape, from, to }: TensorEntry,
  start: number,
  watch: Watch,
  chunk: number,
): Promise<Float32Array> => {
  const data = arrayFor(name, shape);
  if (dtype === 'F32') {
    await fill(file, bytesOf(data), start + from, watch, chunk);
    return data;
  }
  const piece = new Uint8Array(Math.min(chunk, to - from));
  const perByte = data.length / (to - from);
  for (let at = from; at < to; at += chunk) {
    const bytes = piece.subarray(0, Math.min(chunk, to - at));
    await fill(file, bytes, start + at, watch, chunk);
    readNumbers(dtype, bytes, data, (at - from) * perByte, name);
  }
  return data;
};

/** Reads all of `target` from a position of the file on. */
const fill = async (
  file: FileHandle,
  target: Uint8Array,
  position: number,
  watch: Watch,
  chunk: number,
): Promise<void> => {
  let at = position;
  for (const piece of chunks(target, chunk)) {
    let done = 0;
    while (done < piece.length) {
      const { bytesRead } = await file.read(piece, done, piece.length - done, at + done);
      if (bytesRead === 0)
        throw broken(`it ends at byte ${at + done}, having been longer when reading began`);
      done += bytesRead;
    }
    watch(piece);
    at += piece.length;
  }
};
