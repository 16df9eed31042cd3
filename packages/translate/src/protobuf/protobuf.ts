// The wire format of protocol buffers, as far as TensorBoard's events and ONNX models need it: a field is its number and
// wire type, then its value. A message is its fields, one after another.

/** Pieces as one array. */
export const join = (parts: readonly Uint8Array[]): Uint8Array => {
  const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
};

const varint = (value: bigint): Uint8Array => {
  const bytes: number[] = [];
  // Negative int64 numbers stand as their two's complement of 64 bits.
  let rest = BigInt.asUintN(64, value);
  do {
    const low = Number(rest & 0x7fn);
    rest >>= 7n;
    bytes.push(rest === 0n ? low : low | 0x80);
  } while (rest !== 0n);
  return Uint8Array.from(bytes);
};

const key = (field: number, wireType: number): Uint8Array => varint(BigInt(field * 8 + wireType));

/** int64 and enums. */
export const integer = (field: number, value: number): Uint8Array =>
  join([key(field, 0), varint(BigInt(value))]);

export const double = (field: number, value: number): Uint8Array => {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value, true);
  return join([key(field, 1), new Uint8Array(view.buffer)]);
};

export const float = (field: number, value: number): Uint8Array => {
  const view = new DataView(new ArrayBuffer(4));
  view.setFloat32(0, value, true);
  return join([key(field, 5), new Uint8Array(view.buffer)]);
};

/** Bytes, or another message. */
export const bytes = (field: number, ...parts: readonly Uint8Array[]): Uint8Array => {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  return join([key(field, 2), varint(BigInt(length)), ...parts]);
};

export const string = (field: number, text: string): Uint8Array =>
  bytes(field, new TextEncoder().encode(text));
