import {
  addI32,
  addI32x4,
  assemble,
  bitselect,
  type Code,
  constI32x4,
  extendHighI16x8,
  extendLowI16x8,
  F32,
  get,
  greaterOrEqualU16x8,
  I32,
  i32,
  lessThanI32,
  load,
  loop,
  mulF32x4,
  mulI32x4,
  type Routine,
  set,
  shiftRightU32x4,
  splatF32x4,
  splatI16x8,
  splatI32x4,
  store,
  tee,
  V128,
  xor,
} from './assembler';

/** Elements staged in the module's memory at a time: half of a core's first-level cache. */
export const STAGE: number = 1 << 12;

/** Locals of a routine. The first seven are its parameters. */
const WORD = 0;
const BYTES = 1;
const KEY_0 = 2;
const KEY_1 = 3;
const THRESHOLD = 4;
const KEPT = 5;
const DROPPED = 6;
const AT = 7;
const INDEX = 8;
const A = 9;
const B = 10;
const LIMIT = 11;
const YES = 12;
const NO = 13;
const X = 14;
const FIRST = 15;
const SECOND = 16;

const shiftXor = (bits: number): Code => [...get(X), ...get(X), ...i32(bits), ...shiftRightU32x4, ...xor];

/** x := lowbias32(x), see dropoutBits.ts. */
const mix: Code = [
  ...shiftXor(16),
  ...get(FIRST),
  ...mulI32x4,
  ...set(X),
  ...shiftXor(15),
  ...get(SECOND),
  ...mulI32x4,
  ...set(X),
  ...shiftXor(15),
  ...set(X),
];

const splat = (from: number, how: Code, to: number): Code => [...get(from), ...how, ...set(to)];

/** Four elements: `kept` (where `multiply`, times what lies there) or `dropped`, as the eight 16-bit draws choose. */
const four = (half: Code, offset: number, multiply: boolean): Code => [
  ...get(AT),
  ...get(YES),
  ...(multiply ? [...get(AT), ...load(offset), ...mulF32x4] : []),
  ...get(NO),
  ...get(X),
  ...half,
  ...bitselect,
  ...store(offset),
];

/**
 * (first word, bytes, key, key, threshold, kept, dropped) over the start of memory: eight elements, that is four
 * words of the stream, a turn. The 16-bit halves of four little-endian words are the eight draws in order.
 */
const routine = (name: string, multiply: boolean): Routine => ({
  name,
  parameters: [I32, I32, I32, I32, I32, F32, F32],
  locals: [I32, V128, V128, V128, V128, V128, V128, V128, V128, V128],
  body: [
    [...get(WORD), ...splatI32x4, ...constI32x4([0, 1, 2, 3]), ...addI32x4, ...set(INDEX)],
    splat(KEY_0, splatI32x4, A),
    splat(KEY_1, splatI32x4, B),
    splat(THRESHOLD, splatI16x8, LIMIT),
    splat(KEPT, splatF32x4, YES),
    splat(DROPPED, splatF32x4, NO),
    [...i32(0x21f0aaad), ...splatI32x4, ...set(FIRST)],
    [...i32(0x735a2d97), ...splatI32x4, ...set(SECOND)],
    loop(
      [...get(INDEX), ...get(A), ...xor, ...set(X)],
      mix,
      [...get(X), ...get(B), ...addI32x4, ...set(X)],
      mix,
      [...get(X), ...get(LIMIT), ...greaterOrEqualU16x8, ...set(X)],
      four(extendLowI16x8, 0, multiply),
      four(extendHighI16x8, 16, multiply),
      [...get(INDEX), ...constI32x4([4, 4, 4, 4]), ...addI32x4, ...set(INDEX)],
      [...get(AT), ...i32(32), ...addI32, ...tee(AT), ...get(BYTES), ...lessThanI32],
    ),
  ],
});

type Run = (
  word: number,
  bytes: number,
  key0: number,
  key1: number,
  threshold: number,
  kept: number,
  dropped: number,
) => void;

/** The vector forms of the two dropout loops, over `stage`. */
export interface DropoutModule {
  /** What the routines read and write. */
  readonly stage: Float32Array;
  readonly choose: Run;
  readonly multiply: Run;
}

/** Compiles the module; undefined where the engine has no 128-bit vectors. */
export const dropoutModule = (): DropoutModule | undefined => {
  const bytes = assemble(1, [routine('choose', false), routine('multiply', true)]);
  if (!WebAssembly.validate(bytes)) return undefined;
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes));
  const { memory, choose, multiply } = exports as unknown as {
    memory: WebAssembly.Memory;
    choose: Run;
    multiply: Run;
  };
  return { stage: new Float32Array(memory.buffer, 0, STAGE), choose, multiply };
};
