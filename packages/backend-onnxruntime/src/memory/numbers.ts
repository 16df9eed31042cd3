/** Typed arrays that hold numeric tensors: float32, int32, bool. */
export type Numbers = Float32Array | Int32Array | Uint8Array;
export type NumericType = 'float32' | 'int32' | 'bool';

/** The array of each type. */
export const ARRAYS: {
  readonly float32: Float32ArrayConstructor;
  readonly int32: Int32ArrayConstructor;
  readonly bool: Uint8ArrayConstructor;
} = { float32: Float32Array, int32: Int32Array, bool: Uint8Array };

/** Elements of a tensor. */
export const sizeOf = (shape: readonly number[]): number => {
  let size = 1;
  for (const dimension of shape) size *= dimension;
  return size;
};
