/** Two 32-bit words that name a stream of random bits. */
export type Key = readonly [number, number];

/** The 32-bit finaliser "lowbias32" (C. Wellons, Hash Prospector, 2018). */
const mix = (word: number): number => {
  let x = word;
  x = Math.imul(x ^ (x >>> 16), 0x21f0aaad);
  x = Math.imul(x ^ (x >>> 15), 0x735a2d97);
  return x ^ (x >>> 15);
};

/** Values of a draw. */
export const DRAWS = 0x10000;

/** How many of the values of a draw are dropped. */
export const thresholdOf = (rate: number): number => Math.round(rate * DRAWS);

/** What a kept element is multiplied by: 1 / (1 - rate) of the threshold really drawn against. */
export const keepScale = (rate: number): number => Math.fround(DRAWS / (DRAWS - thresholdOf(rate)));

/**
 * Chooses `kept`, times what lies there where something does, or `dropped` for every element. Element i draws 16 bits of
 * word i >> 1 of the stream, the low half where i is even, and is dropped where they are below rate 2^16.
 */
export interface Choice {
  readonly key: Key;
  readonly threshold: number;
  readonly kept: number;
  readonly dropped: number;
}

/** The definition, element by element: for engines without kernels, and what tests compare these with. */
export const choose = (choice: Choice, out: Float32Array, x?: Float32Array): void => {
  const { threshold, kept, dropped } = choice;
  const [a, b] = choice.key;
  for (let i = 0; i < out.length; i++) {
    const word = mix(mix((i >>> 1) ^ a) + b);
    const draw = i % 2 === 0 ? word & 0xffff : word >>> 16;
    out[i] = draw < threshold ? dropped : kept * (x == null ? 1 : x[i]!);
  }
};

/** 1 where an element is kept, -1 where it is dropped. */
export const dropoutSigns = (key: Key, rate: number, out: Float32Array): void =>
  choose({ key, threshold: thresholdOf(rate), kept: 1, dropped: -1 }, out);

/** x times 1 / (1 - rate) where an element is kept, 0 where it is dropped; x absent means ones. */
export const dropoutFactors = (key: Key, rate: number, out: Float32Array, x?: Float32Array): void =>
  choose({ key, threshold: thresholdOf(rate), kept: keepScale(rate), dropped: 0 }, out, x);
