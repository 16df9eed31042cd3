// The wire format of protocol buffers, as far as TensorBoard's events need it: a field is its number and wire type, then
// its value.

const join = (parts: readonly Uint8Array[]): Uint8Array => Uint8Array.from(Buffer.concat(parts));

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
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleLE(value);
  return join([key(field, 1), bytes]);
};

export const float = (field: number, value: number): Uint8Array => {
  const bytes = Buffer.alloc(4);
  bytes.writeFloatLE(value);
  return join([key(field, 5), bytes]);
};

/** Bytes, or another message. */
export const bytes = (field: number, ...parts: readonly Uint8Array[]): Uint8Array => {
  const content = join(parts);
  return join([key(field, 2), varint(BigInt(content.length)), content]);
};

export const string = (field: number, text: string): Uint8Array => bytes(field, Buffer.from(text));
