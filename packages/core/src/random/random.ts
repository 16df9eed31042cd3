import { check, checkNumber } from '../checks/errors';

/**
 * A counter-based generator: every number is a pure function of (key, index), so initialisation, dropout and
 * shuffling give the same numbers on every backend, in any order of evaluation, and a run is restored from
 * its seed and step alone.
 *
 * The mixing function is the 32-bit finaliser "lowbias32" (C. Wellons, Hash Prospector, 2018), applied twice
 * with one key word before each round. For a fixed key it is a bijection of the 32-bit index.
 */
const mix = (word: number): number => {
  let x = word | 0;
  x = Math.imul(x ^ (x >>> 16), 0x21f0aaad);
  x = Math.imul(x ^ (x >>> 15), 0x735a2d97);
  return x ^ (x >>> 15);
};

/** The 32 random bits (as an int32) at `index` of the stream `key`. Fused dropout kernels must agree with it. */
export const randomBits = (key: RandomKey, index: number): number => mix((mix(index ^ key[0]) + key[1]) | 0);

/** Up to 4 GiB of float32. */
const floats = (count: number): Float32Array => {
  check(count >= 0 && count <= 2 ** 30, 'count of random numbers', count, '0 to 2^30');
  return new Float32Array(count);
};

/** Two 32-bit words that name a stream. */
export type RandomKey = readonly [number, number];

/** Label of a child stream: a path segment, or a counter such as the training step. */
export type StreamLabel = string | number;

/** An immutable stream of random numbers. Forking derives an independent child; drawing never changes state. */
export class RandomStream {
  constructor(readonly key: RandomKey) {}

  /** The child stream `label`. The same labels in the same order give the same stream. */
  fork(label: StreamLabel): RandomStream {
    const text = typeof label === 'number' ? `#${label}` : label;
    let [a, b] = this.key;
    for (let i = 0; i < text.length; i++) {
      a = mix(a ^ text.charCodeAt(i));
      b = mix((b + a) | 0);
    }
    return new RandomStream([mix(a ^ text.length), b]);
  }

  /** The 32 bits at `index`, as an int32. */
  bits(index: number): number {
    return randomBits(this.key, index);
  }

  /** A number in [0, 1) with 24 random bits, exact in float32. */
  uniformAt(index: number): number {
    return (this.bits(index) >>> 8) / 0x1000000;
  }

  /** `count` numbers uniform in [low, high), then rounded to float32. */
  uniform(count: number, low = 0, high = 1): Float32Array {
    const out = floats(count);
    for (let i = 0; i < count; i++) out[i] = low + (high - low) * this.uniformAt(i);
    return out;
  }

  /** `count` Gaussian numbers by the Box-Muller transform. */
  normal(count: number, mean = 0, deviation = 1): Float32Array {
    const out = floats(count);
    for (let i = 0; i < count; i += 2) {
      // 1 - u lies in (0, 1], so the logarithm is finite.
      const radius = deviation * Math.sqrt(-2 * Math.log(1 - this.uniformAt(i)));
      const angle = 2 * Math.PI * this.uniformAt(i + 1);
      out[i] = mean + radius * Math.cos(angle);
      if (i + 1 < count) out[i + 1] = mean + radius * Math.sin(angle);
    }
    return out;
  }
}

/**
 * The root stream of `seed` (any finite number; integers up to 2^53 stay distinct).
 *
 * @throws SteadyformerError on a seed that is no finite number
 */
export const randomStream = (seed: number): RandomStream => {
  checkNumber('seed', seed);
  const low = seed | 0;
  const high = Math.floor(seed / 0x100000000) | 0;
  return new RandomStream([mix(low ^ 0x9e3779b9), mix((high + mix(low)) | 0)]);
};

/** Dropout draws 16 bits an element: the keep threshold and the exactly unbiased scale of what is kept. */
export const dropoutThreshold = (rate: number): { threshold: number; scale: number } => {
  const threshold = Math.round(rate * 0x10000);
  return { threshold, scale: 0x10000 / (0x10000 - threshold) };
};

/**
 * The inverted-dropout factors of a tensor of `count` elements: 0 with probability `rate`, else 1 / (1 - rate).
 * Element i reads 16 bits of word i >> 1: the low half where i is even, the high half where it is odd.
 */
export const dropoutFactors = (key: RandomKey, count: number, rate: number): Float32Array => {
  const { threshold, scale } = dropoutThreshold(rate);
  const out = new Float32Array(count);
  for (let i = 0; i < count; i += 2) {
    const word = randomBits(key, i >> 1);
    if ((word & 0xffff) >= threshold) out[i] = scale;
    if (i + 1 < count && word >>> 16 >= threshold) out[i + 1] = scale;
  }
  return out;
};
