import type { NamedArray } from '../state/safetensors';

/**
 * Marian's own sinusoids, which its files need not hold: row t is sin(t / 10000^(2 i / D)) for the first half of the
 * features, then the cosines. [length, width]
 */
export const marianPositions = (length: number, width: number): NamedArray => {
  const data = new Float32Array(length * width);
  const sines = Math.ceil(width / 2);
  for (let t = 0; t < length; t++) {
    for (let d = 0; d < width; d++) {
      const i = d < sines ? d : d - sines;
      const angle = t / 10000 ** ((2 * i) / width);
      data[t * width + d] = d < sines ? Math.sin(angle) : Math.cos(angle);
    }
  }
  return { shape: [length, width], data };
};
