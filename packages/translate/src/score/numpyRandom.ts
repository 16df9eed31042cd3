/**
 * The whole numbers NumPy's `default_rng(seed).integers(0, n)` gives (and so `choice` with replacement): SeedSequence
 * (O'Neill's seed_seq_fe), PCG64 (XSL-RR, O'Neill, 2014) and Lemire's bounded numbers. sacreBLEU draws its resamples
 * with it, and equal resamples give equal significance.
 */
const MULTIPLIER = 0x2360ed051fc65da44385df649fccf645n;
const MASK_128 = (1n << 128n) - 1n;
const MASK_64 = (1n << 64n) - 1n;

const POOL = 4;

/** SeedSequence(seed).generate_state(8, uint32), for a seed below 2^32. */
const seedWords = (seed: number): Uint32Array => {
  let hash = 0x43b0d7e5;
  const hashed = (value: number): number => {
    const mixed = value ^ hash;
    hash = Math.imul(hash, 0x931e8875);
    const product = Math.imul(mixed, hash);
    return product ^ (product >>> 16);
  };
  const pool = Int32Array.from({ length: POOL }, (_, i) => hashed(i === 0 ? seed : 0));
  for (let source = 0; source < POOL; source++) {
    for (let target = 0; target < POOL; target++) {
      if (source === target) continue;
      const sum = Math.imul(0xca01f9dd, pool[target]!) - Math.imul(0x4973f715, hashed(pool[source]!));
      pool[target] = sum ^ ((sum | 0) >>> 16);
    }
  }
  let output = 0x8b51f9dd | 0;
  return Uint32Array.from({ length: 2 * POOL }, (_, i) => {
    const mixed = pool[i % POOL]! ^ output;
    output = Math.imul(output, 0x58f38ded);
    const product = Math.imul(mixed, output);
    return product ^ (product >>> 16);
  });
};

/** A function that gives the next whole number from 0 to `bound - 1` (bound at most 2^21) of `default_rng(seed)`. */
export const numpyIntegers = (seed: number): ((bound: number) => number) => {
  const words = seedWords(seed);
  const word64 = (i: number): bigint => BigInt(words[2 * i]!) | (BigInt(words[2 * i + 1]!) << 32n);
  const increment = ((((word64(2) << 64n) | word64(3)) << 1n) & MASK_128) | 1n;
  let state = (increment + ((word64(0) << 64n) | word64(1))) & MASK_128;
  const step = (): void => {
    state = (state * MULTIPLIER + increment) & MASK_128;
  };
  step();

  let waiting: number | undefined;
  const next32 = (): number => {
    if (waiting !== undefined) {
      const word = waiting;
      waiting = undefined;
      return word;
    }
    step();
    const folded = (state >> 64n) ^ (state & MASK_64);
    const turn = state >> 122n;
    const word = ((folded >> turn) | (folded << ((64n - turn) & 63n))) & MASK_64;
    waiting = Number(word >> 32n);
    return Number(word & 0xffffffffn);
  };

  return (bound) => {
    // Products stay below 2^53, so doubles hold them exactly.
    let product = next32() * bound;
    let low = product % 0x100000000;
    if (low < bound) {
      const threshold = (0x100000000 - bound) % bound;
      while (low < threshold) {
        product = next32() * bound;
        low = product % 0x100000000;
      }
    }
    return Math.floor(product / 0x100000000);
  };
};
