/**
 * A small assembler for WebAssembly: enough to write one module with a memory and a few functions that work on
 * 128-bit vectors. Instructions are lists of bytes that can be joined by spreading.
 */
export type Code = readonly number[];

const unsigned = (value: number): number[] => {
  const out: number[] = [];
  let rest = value >>> 0;
  do {
    const byte = rest & 127;
    rest >>>= 7;
    out.push(rest === 0 ? byte : byte | 128);
  } while (rest !== 0);
  return out;
};

const signed = (value: number): number[] => {
  const out: number[] = [];
  let rest = value | 0;
  for (;;) {
    const byte = rest & 127;
    rest >>= 7;
    if ((rest === 0 && (byte & 64) === 0) || (rest === -1 && (byte & 64) !== 0)) return [...out, byte];
    out.push(byte | 128);
  }
};

const sized = (content: Code): number[] => [...unsigned(content.length), ...content];
const list = (items: readonly Code[]): number[] => [...unsigned(items.length), ...items.flat()];

/** Value types. */
export const I32 = 0x7f;
export const F32 = 0x7d;
export const V128 = 0x7b;

const vector = (opcode: number): number[] => [0xfd, ...unsigned(opcode)];

/** Scalar instructions and control. */
export const get = (local: number): Code => [0x20, ...unsigned(local)];
export const set = (local: number): Code => [0x21, ...unsigned(local)];
export const tee = (local: number): Code => [0x22, ...unsigned(local)];
export const i32 = (value: number): Code => [0x41, ...signed(value)];
export const addI32: Code = [0x6a];
export const lessThanI32: Code = [0x48];
/** Repeats `body`, which leaves on the stack whether to go on. */
export const loop = (...body: readonly Code[]): Code => [0x03, 0x40, ...body.flat(), 0x0d, 0x00, 0x0b];

/** Vector instructions. */
export const load = (offset: number): Code => [...vector(0x00), 0x04, ...unsigned(offset)];
export const store = (offset: number): Code => [...vector(0x0b), 0x04, ...unsigned(offset)];
export const constI32x4 = (lanes: readonly number[]): Code => [
  ...vector(0x0c),
  ...new Uint8Array(Int32Array.from(lanes).buffer),
];
export const splatI16x8: Code = vector(0x10);
export const splatI32x4: Code = vector(0x11);
export const splatF32x4: Code = vector(0x13);
export const xor: Code = vector(0x51);
export const bitselect: Code = vector(0x52);
export const greaterOrEqualU16x8: Code = vector(0x36);
export const extendLowI16x8: Code = vector(0xa7);
export const extendHighI16x8: Code = vector(0xa8);
export const shiftRightU32x4: Code = vector(0xad);
export const addI32x4: Code = vector(0xae);
export const mulI32x4: Code = vector(0xb5);
export const mulF32x4: Code = vector(0xe6);

/** A function: its parameters, further locals (numbered after them) and body; it returns nothing. */
export interface Routine {
  readonly name: string;
  readonly parameters: Code;
  readonly locals: Code;
  readonly body: readonly Code[];
}

const section = (id: number, items: readonly Code[]): number[] => [id, ...sized(list(items))];
const text = (name: string): number[] => sized([...new TextEncoder().encode(name)]);

/** The bytes of a module that exports `memory` (of `pages` times 64 kB) and the routines by name. */
export const assemble = (pages: number, routines: readonly Routine[]): Uint8Array<ArrayBuffer> =>
  Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
    ...section(
      1,
      routines.map(({ parameters }) => [0x60, ...sized(parameters), 0x00]),
    ),
    ...section(
      3,
      routines.map((_, i) => unsigned(i)),
    ),
    ...section(5, [[0x01, ...unsigned(pages), ...unsigned(pages)]]),
    ...section(7, [
      [...text('memory'), 0x02, 0x00],
      ...routines.map(({ name }, i) => [...text(name), 0x00, ...unsigned(i)]),
    ]),
    ...section(
      10,
      routines.map(({ locals, body }) =>
        sized([...list(locals.map((type) => [1, type])), ...body.flat(), 0x0b]),
      ),
    ),
  ]);
