import type { RandomStream } from './random';

/** A random permutation of 0 .. count - 1 (Fisher-Yates), with the words of the stream. */
export const permutation = (random: RandomStream, count: number): Uint32Array => {
  const order = Uint32Array.from({ length: count }, (_, i) => i);
  for (let i = count - 1; i > 0; i--) {
    const j = Math.floor((random.bits(i) >>> 0) * ((i + 1) / 0x100000000));
    const kept = order[i]!;
    order[i] = order[j]!;
    order[j] = kept;
  }
  return order;
};
