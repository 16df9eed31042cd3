/** The finaliser "lowbias32" (C. Wellons, Hash Prospector, 2018), which the contract's random bits are made of. */
const mix = (word: number): number => {
  let x = word | 0;
  x = Math.imul(x ^ (x >>> 16), 0x21f0aaad);
  x = Math.imul(x ^ (x >>> 15), 0x735a2d97);
  return x ^ (x >>> 15);
};

/**
 * The contract's factors of dropout: 0 with probability `rate`, else 1 / (1 - rate). Element i reads 16 bits of word i >> 1 of
 * the stream `key`: the low half where i is even, else the high half.
 */
export const dropoutFactors = (
  [first, second]: readonly [number, number],
  count: number,
  rate: number,
): Float32Array => {
  const threshold = Math.round(rate * 0x10000);
  const scale = 0x10000 / (0x10000 - threshold);
  const out = new Float32Array(count);
  for (let i = 0; i < count; i += 2) {
    const word = mix((mix((i >> 1) ^ first) + second) | 0);
    if ((word & 0xffff) >= threshold) out[i] = scale;
    if (i + 1 < count && word >>> 16 >= threshold) out[i + 1] = scale;
  }
  return out;
};
