import * as tf from '@tensorflow/tfjs';

/** Where sines and cosines stand, and at which wavelengths. */
export type SinusoidLayout = 'halves' | 'interleaved';

/** The layouts by name: the frequency of feature d, and whether it is a sine; undefined for a feature that stays 0. */
const layouts: Readonly<
  Record<SinusoidLayout, (d: number, width: number) => readonly [number, boolean] | undefined>
> = {
  // The authors' (fairseq's): sines, then cosines, wavelengths from 2 pi to 10000 * 2 pi.
  halves: (d, width) => {
    const half = Math.floor(width / 2);
    const step = half > 1 ? Math.log(10000) / (half - 1) : 0;
    return d < 2 * half ? [Math.exp(-(d % half) * step), d < half] : undefined;
  },
  // PE(t, 2i) = sin(t / 10000^(2i / D)), PE(t, 2i + 1) = cos of the same (Vaswani et al. 2017, section 3.5).
  interleaved: (d, width) => [10000 ** (-(d - (d % 2)) / width), d % 2 === 0],
};

export const SINUSOID_LAYOUTS: readonly SinusoidLayout[] = ['halves', 'interleaved'];

/** Sinusoidal position vectors; row t is position `offset` + t. Returns [length, width]. */
export const sinusoidalPositions = (
  length: number,
  width: number,
  offset = 0,
  layout: SinusoidLayout = 'halves',
): tf.Tensor2D => {
  const table = new Float32Array(length * width);
  for (let d = 0; d < width; d++) {
    const wave = layouts[layout](d, width);
    if (!wave) continue;
    const [frequency, sine] = wave;
    for (let t = 0; t < length; t++) {
      const angle = (t + offset) * frequency;
      table[t * width + d] = sine ? Math.sin(angle) : Math.cos(angle);
    }
  }
  return tf.tensor2d(table, [length, width]);
};
