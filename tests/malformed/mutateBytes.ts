import type { Random } from './random';

/** Something changed, and in words how. */
export interface Mutation<T> {
  readonly value: T;
  readonly change: string;
}

type Mutator = (bytes: Uint8Array, random: Random, other: Uint8Array) => Mutation<Uint8Array>;

const joined = (...parts: readonly Uint8Array[]): Uint8Array => {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
};

const flipBits: Mutator = (bytes, random) => {
  const value = bytes.slice();
  const count = 1 + random.below(4);
  for (let i = 0; i < count && value.length > 0; i++) {
    // Half of them near the start, where formats keep what matters.
    const reach = random.chance(0.5) ? Math.min(value.length, 256) : value.length;
    const at = random.below(reach);
    value[at] = value[at]! ^ (1 << random.below(8));
  }
  return { value, change: `${count} bits flipped` };
};

const truncate: Mutator = (bytes, random) => {
  const length = random.below(bytes.length + 1);
  return { value: bytes.slice(0, length), change: `cut off at byte ${length}` };
};

const repeatPart: Mutator = (bytes, random) => {
  const from = random.below(bytes.length + 1);
  const to = from + random.below(bytes.length - from + 1);
  return {
    value: joined(bytes.slice(0, to), bytes.slice(from)),
    change: `bytes ${from} to ${to} twice`,
  };
};

const dropPart: Mutator = (bytes, random) => {
  const from = random.below(bytes.length + 1);
  const to = Math.min(bytes.length, from + 1 + random.below(64));
  return { value: joined(bytes.slice(0, from), bytes.slice(to)), change: `bytes ${from} to ${to} gone` };
};

const append: Mutator = (bytes, random) => {
  const tail = Uint8Array.from({ length: 1 + random.below(32) }, () => random.below(256));
  return { value: joined(bytes, tail), change: `${tail.length} bytes more at the end` };
};

const splice: Mutator = (bytes, random, other) => {
  const at = random.below(bytes.length + 1);
  return {
    value: joined(bytes.slice(0, at), other.slice(random.below(other.length + 1))),
    change: `spliced at ${at}`,
  };
};

const overwrite: Mutator = (bytes, random) => {
  const value = bytes.slice();
  const from = random.below(value.length + 1);
  const filler = random.pick([0x00, 0xff, 0x20, 0xc3, 0xed]);
  value.fill(filler, from, from + 1 + random.below(16));
  return { value, change: `bytes from ${from} set to ${filler}` };
};

const lengthField: Mutator = (bytes, random) => {
  const value = bytes.slice();
  const said = random.pick([0n, 1n, 7n, BigInt(bytes.length), 2n ** 31n, 2n ** 53n, 2n ** 64n - 1n]);
  if (value.length >= 8) new DataView(value.buffer).setBigUint64(0, said, true);
  return { value, change: `the first 8 bytes say ${said}` };
};

const invalidUtf8: Mutator = (bytes, random) => {
  const at = random.below(bytes.length + 1);
  const bad = random.pick([[0xff], [0xc3], [0xed, 0xa0, 0x80], [0xf8, 0x88, 0x80, 0x80, 0x80], [0xc0, 0x80]]);
  return {
    value: joined(bytes.slice(0, at), Uint8Array.from(bad), bytes.slice(at)),
    change: `invalid UTF-8 at ${at}`,
  };
};

const MUTATORS: readonly Mutator[] = [
  flipBits,
  flipBits,
  truncate,
  repeatPart,
  dropPart,
  append,
  splice,
  overwrite,
  lengthField,
  invalidUtf8,
];

/** One change of bytes; `other` is a sound file of the same kind. */
export const mutateBytes = (bytes: Uint8Array, random: Random, other: Uint8Array): Mutation<Uint8Array> =>
  random.pick(MUTATORS)(bytes, random, other);
