/**
 * Writes protocol buffer messages: just enough of the wire format for ONNX models (varints, floats and
 * length-delimited fields).
 */
export type Bytes = (number | Uint8Array)[];

/** How many bytes a message has. */
const sizeOf = (message: Bytes): number =>
  message.reduce<number>((sum, part) => sum + (typeof part === 'number' ? 1 : part.length), 0);

/** The message as it is written. */
export const written = (message: Bytes): Uint8Array => {
  const out = new Uint8Array(sizeOf(message));
  let at = 0;
  for (const part of message) {
    if (typeof part === 'number') out[at++] = part;
    else {
      out.set(part, at);
      at += part.length;
    }
  }
  return out;
};

/** Longer raw data is held as it is until the message is written. */
const SHORT = 64;

const encoder = new TextEncoder();

/** Appends a base-128 varint; negative numbers take ten bytes as two's complement of 64 bits. */
const varint = (out: Bytes, value: number): void => {
  let rest = BigInt.asUintN(64, BigInt(value));
  while (rest > 127n) {
    out.push(Number(rest & 127n) | 128);
    rest >>= 7n;
  }
  out.push(Number(rest));
};

/** Field `tag` as an integer. */
export const integer = (tag: number, value: number): Bytes => {
  const out: Bytes = [];
  varint(out, tag << 3);
  varint(out, value);
  return out;
};

/** Field `tag` as a 32-bit float. */
export const float = (tag: number, value: number): Bytes => {
  const out: Bytes = [];
  varint(out, (tag << 3) | 5);
  out.push(...new Uint8Array(new Float32Array([value]).buffer));
  return out;
};

/** Field `tag` as bytes: raw data, a string, or an embedded message given as its fields. */
export const embedded = (tag: number, content: string | Uint8Array | readonly Bytes[]): Bytes => {
  const out: Bytes = [];
  varint(out, (tag << 3) | 2);
  if (typeof content === 'string') content = encoder.encode(content);
  if (content instanceof Uint8Array) {
    varint(out, content.length);
    if (content.length > SHORT) out.push(content);
    else for (const byte of content) out.push(byte);
    return out;
  }
  varint(
    out,
    content.reduce((sum, part) => sum + sizeOf(part), 0),
  );
  for (const part of content) for (const byte of part) out.push(byte);
  return out;
};
