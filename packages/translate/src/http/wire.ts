import { endianness } from 'node:os';

/** What ranks send each other. */
export type Numbers = Float32Array | Float64Array | Uint8Array;

/** A call that all ranks make alike: its line goes before its numbers, and is compared. */
export interface Call {
  readonly operation: 'sum' | 'max' | 'sumTo' | 'broadcast' | 'finalize';
  /** Who has what is broadcast, or gets the sum. */
  readonly root: number;
  /** Null for a call without numbers. */
  readonly numbers: Numbers | undefined;
}

/** Buffers of Node are Uint8Arrays, too. */
const typeOf = (numbers: Numbers): (new (buffer: ArrayBuffer) => Numbers) =>
  [Float32Array, Float64Array].find((type) => numbers instanceof type) ?? Uint8Array;

/** A call in one line, such as `sum of 3 Float32Array numbers`. */
export const lineOf = ({ operation, root, numbers }: Call): string => {
  const what = numbers === undefined ? '' : ` of ${numbers.length} ${typeOf(numbers).name} numbers`;
  const whom =
    operation === 'broadcast' ? ` from rank ${root}` : operation === 'sumTo' ? ` to rank ${root}` : '';
  return `${operation}${what}${whom}`;
};

/** Whether a rank's numbers are wanted in a call. */
export const sends = ({ operation, root, numbers }: Call, rank: number): boolean =>
  numbers !== undefined && (operation !== 'broadcast' || root === rank);

/** Whether a rank gets numbers in a call. */
export const gets = ({ operation, root, numbers }: Call, rank: number): boolean => {
  if (numbers === undefined) return false;
  return operation === 'broadcast' ? root !== rank : operation !== 'sumTo' || root === rank;
};

/** Every rank's stretch of an array, in parts, with the rank. */
export const stretchesOf = (
  array: Float32Array,
  lengths: readonly number[],
): { readonly root: number; readonly numbers: Float32Array }[] => {
  let from = 0;
  return lengths.flatMap((length, root) => {
    const stretch = array.subarray(from, from + length);
    from += length;
    return length === 0 ? [] : partsOf(stretch).map((numbers) => ({ root, numbers }));
  });
};

/** Bytes of numbers on the way are in little-endian order. */
const swapped = (bytes: Buffer, size: number): Buffer => {
  if (endianness() === 'LE' || size === 1) return bytes;
  return size === 4 ? bytes.swap32() : bytes.swap64();
};

/** The bytes of numbers as they are sent, a copy: who goes on with the numbers does not change what is on its way. */
export const bytesOf = (numbers: Numbers): Buffer =>
  swapped(
    Buffer.from(numbers.buffer.slice(numbers.byteOffset, numbers.byteOffset + numbers.byteLength)),
    numbers.BYTES_PER_ELEMENT,
  );

/** Numbers of the type of `like` from bytes that came; they are as many. */
export const numbersOf = <T extends Numbers>(bytes: Buffer, like: T): T => {
  const copy = Uint8Array.from(bytes);
  swapped(Buffer.from(copy.buffer), like.BYTES_PER_ELEMENT);
  return new (typeOf(like) as new (buffer: ArrayBuffer) => T)(copy.buffer);
};

/** Adds up, or takes the larger, element by element, in place. */
export const combine = (into: Numbers, other: Numbers, operation: 'sum' | 'max'): void => {
  if (operation === 'sum') for (let i = 0; i < into.length; i++) into[i] = into[i]! + other[i]!;
  else for (let i = 0; i < into.length; i++) into[i] = Math.max(into[i]!, other[i]!);
};

/** Numbers of one call: larger arrays are on their way in parts, of which one goes while another comes. */
export const PART: number = 2 ** 18;

export const partsOf = <T extends Float32Array | Float64Array>(array: T): T[] =>
  Array.from({ length: Math.max(1, Math.ceil(array.length / PART)) }, (_, i) =>
    array.subarray(i * PART, (i + 1) * PART),
  ) as T[];

/** Headers of our own. */
export const RANK = 'x-steadyformer-rank';
export const CALL = 'x-steadyformer-call';
/** Of every answer of a host. */
export const RUN_HERE = 'x-steadyformer-run';

/** The whole of a body of known length. */
export const readBody = async (body: NodeJS.ReadableStream, length: number): Promise<Buffer> => {
  const whole = Buffer.alloc(length);
  let at = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    if (at + chunk.length > length) throw new Error(`a body of more than ${length} bytes`);
    whole.set(chunk, at);
    at += chunk.length;
  }
  if (at < length) throw new Error(`a body of ${at} of ${length} bytes`);
  return whole;
};
