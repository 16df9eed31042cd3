import type { NamedArray } from '@steadyformer/core';

/** W[k, :] / scale[k]: a map [inputs, outputs] that reads a stream which is scale times larger than before. */
export const divideRows = ({ shape, data }: NamedArray, scale: Float32Array): NamedArray => {
  const columns = shape[1]!;
  return { shape, data: data.map((value, i) => value / scale[Math.floor(i / columns)]!) };
};

/** x[..., k] * scale[k] for a vector or the rows of a matrix. */
export const multiplyColumns = ({ shape, data }: NamedArray, scale: Float32Array): NamedArray => ({
  shape,
  data: data.map((value, i) => value * scale[i % scale.length]!),
});
