/** Two 32-bit words that name a stream of random bits. */
export type Key = readonly [number, number];

/** The 32-bit finaliser "lowbias32" (C. Wellons, Hash Prospector, 2018). */
const mix = (word: number): number => {
  let x = word;
  x = Math.imul(x ^ (x >>> 16), 0x21f0aaad);
  x = Math.imul(x ^ (x >>> 15), 0x735a2d97);
  return x ^ (x >>> 15);
};

/** The number of 65536 16-bit draws that are dropped. */
const thresholdOf = (rate: number): number => Math.round(rate * 0x10000);

/**
 * Writes `kept` or `dropped` for every element. Element i draws 16 bits of word i >> 1 of the stream, the low half
 * where i is even, and is dropped where they are below rate 2^16.
 */
const fillDraws = ([a, b]: Key, rate: number, out: Float32Array, kept: number, dropped: number): void => {
  const threshold = thresholdOf(rate);
  const pairs = out.length >> 1;
  for (let word = 0; word < pairs; word++) {
    const bits = mix(mix(word ^ a) + b);
    out[2 * word] = (bits & 0xffff) >= threshold ? kept : dropped;
    out[2 * word + 1] = bits >>> 16 >= threshold ? kept : dropped;
  }
  if (out.length % 2 === 1) {
    out[2 * pairs] = (mix(mix(pairs ^ a) + b) & 0xffff) >= threshold ? kept : dropped;
  }
};

/** 1 where an element is kept, -1 where it is dropped. */
export const dropoutSigns = (key: Key, rate: number, out: Float32Array): void =>
  fillDraws(key, rate, out, 1, -1);

/** 1 / (1 - rate) where an element is kept, 0 where it is dropped. */
export const dropoutFactors = (key: Key, rate: number, out: Float32Array): void =>
  fillDraws(key, rate, out, 0x10000 / (0x10000 - thresholdOf(rate)), 0);
